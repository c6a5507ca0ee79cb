"""What the persona on screen knows: the panel beside its chat."""
