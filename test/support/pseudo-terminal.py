"""Runs a program on a pseudo-terminal of its own. Commands come as JSON lines on stdin, the screen's bytes go to stdout.

argv: columns, rows, program, arguments. Ends with the program's exit code, or 128 and the signal.
"""
import fcntl, json, os, pty, select, signal, struct, sys, termios


def size(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


columns, rows, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    # The window has its size before the program looks.
    size(0, columns, rows)
    os.execvp(program[0], program)
size(terminal, columns, rows)
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
pending, watched = b"", [terminal, 0]
while True:
    ready, _, _ = select.select(watched, [], [])
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            break
        os.write(1, data)
    if 0 in ready:
        data = os.read(0, 65536)
        if not data:
            watched.remove(0)
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            if "type" in command:
                os.write(terminal, command["type"].encode())
            if "size" in command:
                size(terminal, *command["size"])
            if "kill" in command:
                os.kill(child, command["kill"])
_, status = os.waitpid(child, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
