"""The avatar part of the window: what stands for a persona, and how its picture is chosen."""
