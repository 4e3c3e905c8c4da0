"""What runs in or around a sandbox without the packages of xharness: only the standard library, only relative imports.

`server` is a process that runs one program after the other; `driver` is what runs a program, after all that confines it
is in force.
"""
