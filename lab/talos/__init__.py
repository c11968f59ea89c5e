"""The lab's Talos machines: what the real talosctl talks to as to real ones."""
