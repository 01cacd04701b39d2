import AWS
import Basics
import Glibc
public import Transport

/// Asks the person at the terminal for the code of an MFA device: for `askForCode` of
/// ``AWS/AWSConfiguration/ofUser(environment:profile:loop:askForCode:)``.
///
/// The code is shown while it is typed, since it is good for one use only.
/// - Returns: a closure that asks on `/dev/tty`, whatever standard input and output are.
/// - Throws: (the closure) `credentialsFailed` when there is no terminal or nothing is typed; `CancellationError`.
public func askForCodeOnTerminal(_ loop: EventLoop) -> @Sendable (_ device: String) async throws -> String {
    { device in try await askForCode(device, terminal: "/dev/tty", loop) }
}

func askForCode(_ device: String, terminal path: String, _ loop: EventLoop) async throws -> String {
    let terminal = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard terminal >= 0 else {
        throw AWSError(
            .credentialsFailed,
            "the device \(device) (mfa_serial) wants a code from a person, and there is no terminal to ask on "
                + "(\(path): \(SystemError.last))")
    }
    defer { close(terminal) }
    let question = Array("Enter MFA code for \(device): ".utf8)
    _ = write(terminal, question, question.count)
    try await loop.readable([terminal])
    var line = [UInt8](repeating: 0, count: 256)  // the terminal gives whole lines
    let count = read(terminal, &line, line.count)
    let code = String(decoding: line.prefix(max(0, count)), as: UTF8.self).trimmingWhitespace
    guard !code.isEmpty else { throw AWSError(.credentialsFailed, "no code of the device \(device) was given") }
    return String(code)
}
