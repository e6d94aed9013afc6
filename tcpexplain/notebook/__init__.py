"""How a Capture, a Connection, an Event and a Finding show themselves in Jupyter, and the magics of ``%load_ext tcpexplain``.

The HTML has inline attributes only and says everything without them: viewers that strip styles (GitHub's does) still show
tables that read well. Text has no colour of its own, because nobody knows the background; colour is in marks, bars and
lines, in tones that stand out on white and on black.
"""
