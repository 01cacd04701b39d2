import Foundation
import JSON
import TestSupport
import Testing

/// `tocsin check --watch` on a terminal of 12 lines, driven by Python: what is on the screen after each step.
///
/// Every step waits until the screen is as expected; the process ends after a minute if it never is.
@Suite(.timeLimit(.minutes(2))) struct CheckWatchTests {
    private static let terminal = #"""
        import fcntl, json, os, pty, re, signal, struct, sys, termios

        class Terminal:
            """A program on a pseudo terminal, and what its screen shows."""
            def __init__(self, arguments, lines=12, columns=100):
                signal.alarm(60)
                self.master, slave = pty.openpty()
                self.resize(lines, columns)
                self.original = termios.tcgetattr(self.master)
                self.child = os.fork()
                if self.child == 0:
                    os.login_tty(slave) if hasattr(os, "login_tty") else self.login(slave)
                    os.environ.update(TERM="xterm", NO_COLOR="1")
                    os.execv(arguments[0], arguments)
                os.close(slave)
                self.text = ""

            def login(self, slave):
                os.setsid()
                fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
                for number in range(3): os.dup2(slave, number)

            def resize(self, lines, columns):
                fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
                self.size = lines

            def screen(self):
                rows, row = [""], 0
                for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", self.text):
                    if part == "\n":
                        row += 1
                        if row == len(rows): rows.append("")
                    elif part.endswith("A") and part[0] == "\x1b": row = max(0, row - int(part[2:-1] or 1))
                    elif part == "\x1b[H": row = max(0, len(rows) - self.size)
                    elif part == "\x1b[J": rows[row:] = [""]
                    elif part == "\x1b[K": rows[row] = ""
                    elif part[0] not in "\x1b\r": rows[row] = part
                return rows[-self.size:]

            def read(self):
                try: data = os.read(self.master, 65536)
                except OSError: return False
                self.text += data.decode(errors="replace").replace("\r\n", "\n")
                return bool(data)

            def wait(self, condition):
                while not condition(self.screen()):
                    if not self.read(): raise SystemExit("ended with " + "\n".join(self.screen()))
                return [line for line in self.screen() if line]

            def press(self, keys): os.write(self.master, keys.encode())
            def is_raw(self): return not termios.tcgetattr(self.master)[3] & (termios.ICANON | termios.ECHO)
            def is_restored(self): return termios.tcgetattr(self.master) == self.original

            def end(self):
                while self.read(): pass
                status = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
                return [status, self.is_restored()]

        def has(text): return lambda screen: any(text in line for line in screen)
        tool, file, site = sys.argv[1:4]
        def write(text):
            with open(file + ".new", "w") as new: new.write(text)
            os.rename(file + ".new", file)
        def entry(name, path="/"):
            return "- {name: %s, url: '%s%s', conditions: ['[STATUS] == 200']}\n" % (name, site, path)
        write("endpoints:\n" + "".join(entry("e%d" % n) for n in range(1, 21)) + entry("broken", "/bad"))
        def start(): return Terminal([tool, "check", file, "--watch", "100ms"])
        steps = {}
        """#

    private func steps(_ script: String) async throws -> JSONValue {
        let site = try ScriptedServer { .http($0.target == "/bad" ? 500 : 200, body: "hello") }
        return try await Workspace.withTemporaryFolder { folder in
            let result = try Command.run(
                "python3",
                [
                    "-c", Self.terminal + "\n" + script + "\nprint(json.dumps(steps))", BuiltTocsin.path,
                    folder.appending(path: "endpoints.yaml").path, site.url,
                ])
            #expect(result.status == 0, "\(result.errors)")
            return try JSONValue(parsing: result.output)
        }
    }

    private func lines(_ steps: JSONValue, _ name: String) throws -> [String] {
        try #require(steps[name]?.arrayValue).compactMap(\.stringValue)
    }

    @Test("a failing row is visible whatever the terminal's height, the summary too, and hidden rows are counted")
    func failuresFirst() async throws {
        let steps = try await steps(
            """
            t = start()
            steps["first"] = t.wait(has("to quit"))
            t.press(" ")
            steps["page"] = t.wait(has("of them above"))
            t.press("G")
            steps["end"] = t.wait(has("rows above"))
            t.press("\\x1b[A")
            steps["up"] = t.wait(has("of them above"))
            t.press("g")
            t.wait(has("broken"))
            t.resize(40, 100)
            steps["tall"] = t.wait(lambda screen: has("e20")(screen) and not has("more row")(screen))
            t.resize(12, 40)
            steps["narrow"] = t.wait(has("j/k, q"))
            t.press("q")
            steps["exit"] = t.end()
            """)
        let first = try lines(steps, "first")
        try #require(first.count == 11, "\(first)")
        #expect(first[0].hasPrefix("21 endpoints in ") && first[0].hasSuffix(": 1 down"), "\(first)")
        #expect(first[1].wholeMatch(of: /last round at \d\d:\d\d:\d\d UTC, next at \d\d:\d\d:\d\d UTC/) != nil)
        #expect(first[2].hasPrefix("ENDPOINT"))
        #expect(first[3].hasPrefix("broken    DOWN"), "\(first)")
        #expect(first[4] == "  [STATUS] (500) == 200")
        #expect(first[5].hasPrefix("e1 "))
        #expect(first[10] == "… 15 more rows: j/k, arrows or space to scroll, q to quit", "\(first)")
        for (step, firstRow, last) in [
            ("page", "e6 ", "… 14 more rows, 6 of them above:"), ("end", "e14 ", "… 14 more rows above:"),
            ("up", "e13 ", "… 14 more rows, 13 of them above:"),
        ] {
            let lines = try lines(steps, step)
            #expect(lines[0].hasSuffix(": 1 down"), "\(lines)")
            #expect(lines[3].hasPrefix(firstRow), "\(lines)")
            #expect(lines.last?.hasPrefix(last) == true, "\(lines)")
        }
        #expect(try lines(steps, "tall").count == 25)
        let narrow = try lines(steps, "narrow")
        #expect(narrow[0].hasSuffix(": 1 down") && narrow.allSatisfy { $0.count <= 40 }, "\(narrow)")
        #expect(steps["exit"] == [1, true])
    }

    @Test("a changed file is used from the next round on, and a faulty one is told while the last good one stays")
    func theFileIsReadAgain() async throws {
        let steps = try await steps(
            """
            t = start()
            t.wait(has("1 down"))
            write("endpoints: [{name: a}]")
            steps["faulty"] = t.wait(has("cannot be used"))
            write("endpoints:\\n" + entry("one") + entry("two"))
            steps["good"] = t.wait(lambda screen: has("all up")(screen) and not has("cannot be used")(screen))
            os.remove(file)
            steps["gone"] = t.wait(has("cannot be read again"))
            write("endpoints:\\n" + entry("one") + entry("two"))
            steps["back"] = t.wait(lambda screen: has("all up")(screen) and not has("again")(screen))
            t.press("q")
            steps["exit"] = t.end()
            """)
        let faulty = try lines(steps, "faulty")
        #expect(faulty[0].hasPrefix("21 endpoints") && faulty[0].hasSuffix(": 1 down"))
        #expect(
            faulty[2].hasPrefix("The file has changed and cannot be used, so the last good one stays in use ("),
            "\(faulty)")
        #expect(faulty[3...5].contains { $0.hasPrefix("line 1: endpoints[0](a).url: give the endpoint a URL") })
        #expect(try lines(steps, "good")[0].hasPrefix("2 endpoints in "))
        #expect(try lines(steps, "gone")[0].hasPrefix("2 endpoints in "))
        #expect(steps["exit"] == [0, true])
    }

    @Test("the terminal is restored after q, Ctrl-C and signals")
    func restored() async throws {
        let steps = try await steps(
            """
            for name, stop in [
                (key, lambda t, key=key: t.press(key)) for key in ("q", "\\x03", "\\x1c")  # Ctrl-C, Ctrl-\\
            ] + [
                (str(number), lambda t, number=number: os.kill(t.child, number))
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
            ]:
                t = start()
                t.wait(has("1 down"))
                raw = t.is_raw()
                stop(t)
                steps[name] = [raw] + t.end()
            # Continued after Ctrl-Z, it has its keys again, although the shell has set up the terminal meanwhile.
            t = start()
            t.wait(has("1 down"))
            os.kill(t.child, signal.SIGSTOP)
            os.waitpid(t.child, os.WUNTRACED)
            termios.tcsetattr(t.master, termios.TCSANOW, t.original)
            os.kill(t.child, signal.SIGCONT)
            t.text = ""
            t.wait(has("1 down"))
            while not t.is_raw(): t.read()
            t.press("q")
            steps["continued"] = [True] + t.end()
            """)
        #expect(steps.objectValue?.count == 7)
        for (name, result) in steps.objectValue ?? [:] { #expect(result == [true, 1, true], "\(name)") }
    }

    /// Without a terminal there is a line for each change of state, and the file's faults go to standard error.
    @Test func throughAPipe() async throws {
        let steps = try await steps(
            """
            import subprocess
            signal.alarm(60)
            p = subprocess.Popen([tool, "check", file, "--watch", "100ms"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            steps["rows"] = [p.stdout.readline().split(" ", 1)[1] for _ in range(21)]
            write("endpoints: [{name: a}]")
            steps["faulty"] = p.stderr.readline()
            while "conditions" not in p.stderr.readline(): pass
            write("endpoints:\\n" + entry("broken"))
            steps["good"] = p.stderr.readline()
            steps["row"] = p.stdout.readline().split(" ", 1)[1]
            p.terminate()
            steps["exit"] = [p.wait()]
            """)
        #expect(try lines(steps, "rows").sorted().first == "broken DOWN: [STATUS] (500) == 200\n")
        #expect(steps["faulty"]?.stringValue?.hasPrefix("The file has changed and cannot be used, so the last") == true)
        #expect(steps["good"]?.stringValue?.hasSuffix("endpoints.yaml has changed and is in use.\n") == true)
        #expect(steps["row"] == "broken up\n")
        #expect(steps["exit"] == [0])
    }
}
