import Basics
import Experiments
import Glibc
import JSON

/// Functions of Python's standard library that experiments of Chaos Toolkit's tutorials call.
extension ChaosActivities {
    static var standardLibrary: [NativeActivity] {
        [
            file("exists", "path", "Whether a file or folder exists.") { _ in true },
            file("isfile", "path", "Whether it is a file, or a link to one.") { $0 == S_IFREG },
            // The argument has this name in Python 3.
            file("isdir", "s", "Whether it is a folder, or a link to one.") { $0 == S_IFDIR },
            // Chaos Toolkit cannot call it: the argument of the builtin has no name. It is called `secs` here.
            NativeActivity(
                "time", "sleep", .action, "Waits; the seconds are in secs.", arguments: [.init("secs", .number)]
            ) { invocation, _ in
                guard let seconds = invocation.argument("secs").doubleValue else {
                    throw ExperimentError(python: "TypeError", "secs must be a number of seconds")
                }
                guard seconds >= 0 else {
                    throw ExperimentError(python: "ValueError", "sleep length must be non-negative")
                }
                let left = invocation.deadline - invocation.time.now()
                // More than a `Duration` holds would end the process.
                guard seconds < 1e9, .seconds(seconds) < left else {
                    throw ExperimentError(
                        .activityFailed, "a sleep of \(seconds) s does not fit into the \(left.text) that are left")
                }
                try await invocation.time.sleep(.seconds(seconds))
                return nil
            },
        ]
    }

    /// A test of `os.path` on the type of a file, following links.
    private static func file(
        _ function: String, _ argument: String, _ summary: String, _ test: @escaping @Sendable (mode_t) -> Bool
    ) -> NativeActivity {
        NativeActivity("os.path", function, .probe, summary, arguments: [.init(argument, .text)]) { invocation, _ in
            guard let path = invocation.argument(argument).stringValue else {
                throw ExperimentError(
                    python: "TypeError",
                    "stat: path should be string, bytes, os.PathLike or integer, not "
                        + invocation.argument(argument).pythonTypeName)
            }
            var facts = stat()
            // What cannot be looked at does not exist, as in Python.
            return .bool(stat(path, &facts) == 0 && test(facts.st_mode & S_IFMT))
        }
    }
}
