"""The lab's private internet: who starts it, holds it, is spoken to, is joined and ends it."""
