"""The natural voice on this computer: Kokoro-82M in a process of its own."""
