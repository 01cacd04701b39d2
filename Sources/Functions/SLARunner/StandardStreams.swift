import Glibc
import Processes

/// Standard output for results and the command's output, standard error for the runner's own warnings.
struct StandardStreams: Sendable {
    let output: @Sendable (UnsafeRawBufferPointer) -> Void
    let errors: @Sendable (UnsafeRawBufferPointer) -> Void
    private let isColoured: Bool

    init(
        output: @escaping @Sendable (UnsafeRawBufferPointer) -> Void,
        errors: @escaping @Sendable (UnsafeRawBufferPointer) -> Void, isColoured: Bool = false
    ) {
        (self.output, self.errors, self.isColoured) = (output, errors, isColoured)
    }

    /// Standard output and standard error; coloured when `wantsColour` and standard output is a terminal.
    static func ofProcess(wantsColour: Bool) -> StandardStreams {
        let output = DescriptorWriter(STDOUT_FILENO)
        let errors = DescriptorWriter(STDERR_FILENO)
        return StandardStreams(
            output: { output.write($0) }, errors: { errors.write($0) },
            isColoured: wantsColour && isatty(STDOUT_FILENO) == 1)
    }

    /// Prints a line.
    func print(_ line: String) { Array("\(line)\n".utf8).withUnsafeBytes(output) }

    /// Prints the result of a run, green or red when standard output is a terminal.
    func print(_ line: String, succeeded: Bool) {
        print(isColoured ? "\u{1B}[\(succeeded ? 32 : 31)m\(line)\u{1B}[0m" : line)
    }

    /// Prints a line to standard error.
    func warn(_ line: String) { Array("sla-runner: \(line)\n".utf8).withUnsafeBytes(errors) }
}
