"""Whose prospect somebody is: claims, the policy, conflicts, abuse, simulation. Pure."""
