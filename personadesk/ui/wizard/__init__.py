"""The migration wizard: find another program's data, check what will happen, bring it in."""
