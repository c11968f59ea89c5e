"""The lab: real components at production's own addresses, in a private internet on one machine without hardware."""
