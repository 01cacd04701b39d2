import Basics
import Glibc
import JSON
import Processes
import Transport

/// Runs a `process` activity as Chaos Toolkit does: a program with arguments, or a line for the shell.
struct ProcessProvider: Sendable {
    /// The most that is kept of each of the two outputs, in bytes.
    private static let maximumOutput = 64 << 20

    let loop: EventLoop

    /// Runs the program to its end: `{"status", "stdout", "stderr"}`.
    ///
    /// - Throws: `.activityFailed` at its time limit, `.unforeseen` when it cannot be started.
    func run(_ provider: JSONObject, _ substitution: Substitution) async throws -> JSONValue {
        let words = try words(provider, substitution)
        let timeout = try timeout(provider)
        var options = ChildProcess.Options()
        options.errors = .separate
        // What ends the program then ends all that it has started. At a terminal the program may ask for something, as
        // sudo does, which a group in the background cannot.
        options.ownGroup = !hasControllingTerminal()
        options.inheritsInput = true
        let process: ChildProcess
        do throws(SystemError) {
            process = try ChildProcess(words, options)
        } catch {
            throw ExperimentError(.unforeseen, "cannot run \(words[0]): \(error)", underlying: error)
        }
        return try await withTaskCancellationHandler {
            try await finish(process, words[0], timeout: timeout)
        } onCancel: {
            process.send(SIGKILL)
        }
    }

    private func finish(_ process: ChildProcess, _ program: String, timeout: Duration?) async throws -> JSONValue {
        var (output, errors): ([UInt8], [UInt8]) = ([], [])
        func keep(_ stream: ChildProcess.Stream, _ bytes: UnsafeRawBufferPointer) {
            switch stream {
            case .output: output += bytes.prefix(Self.maximumOutput - output.count)
            case .errors: errors += bytes.prefix(Self.maximumOutput - errors.count)
            }
        }
        let deadline = timeout.map { ContinuousClock.now + $0 }
        let hasEnded = await process.readUntilEnd(on: loop, until: deadline, keep)
        if hasEnded {
            // Like Chaos Toolkit, wait for what the program has left running, as long as it holds the pipes.
            let rest = deadline.map { $0 - .now } ?? .seconds(1 << 30)
            await process.readLateOutput(on: loop, for: rest, atMost: .max, keep)
        }
        let isLate = deadline.map { .now >= $0 } ?? false
        if isLate || !hasEnded { process.send(SIGKILL) }
        let status: Int32
        do throws(SystemError) {
            status = try process.reap()
        } catch {
            throw ExperimentError(.unforeseen, "the exit code of \(program) is not known: \(error)", underlying: error)
        }
        try Task.checkCancellation()
        guard hasEnded, !isLate else {
            throw ExperimentError(.activityFailed, "process activity took too long to complete")
        }
        return [
            "status": JSONValue(status), "stdout": .string(TextDecoding.guessed(output)),
            "stderr": .string(TextDecoding.guessed(errors)),
        ]
    }

    /// The program and its arguments.
    private func words(_ provider: JSONObject, _ substitution: Substitution) throws -> [String] {
        let path = provider["path"]?.stringValue ?? ""
        let program = Self.find(path)
        let arguments = substitution.apply(toArguments: provider["arguments"] ?? [])
        if case .string(let line) = arguments {
            // An unknown program becomes Python's None here, too, and the shell does not find it.
            return ["/bin/sh", "-c", "\(program ?? "None") \(line)"]
        }
        guard let program else {
            throw ExperimentError(
                .unforeseen, "the program \"\(path)\" is not to be found: check the path, or PATH")
        }
        var values: [JSONValue] = []
        switch arguments {
        case .array(let list): values = list
        case .object(let members): for (key, value) in members { values += [.string(key), value] }
        case .null, .bool(false): break
        default: throw ExperimentError(.unforeseen, "the arguments of \(path) are \(arguments), expected a list")
        }
        return [program] + values.filter { $0 != .null && $0 != "" }.map(Python.str)
    }

    private func timeout(_ provider: JSONObject) throws -> Duration? {
        guard let value = provider["timeout"], value != .null else { return nil }
        guard let seconds = value.doubleValue else {
            throw ExperimentError(.unforeseen, "the timeout of a process is \(value), expected a number of seconds")
        }
        return .nanoseconds(Int64(max(0, min(seconds, 1e9)) * 1e9))
    }

    /// The file of a program as the shell finds it; nil when there is none that may be run.
    static func find(_ path: String) -> String? {
        var path = path
        if path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") {
            path = String(cString: home) + path.dropFirst()
        }
        return executable(path, searchPath: getenv("PATH").map { String(cString: $0) })
    }
}
