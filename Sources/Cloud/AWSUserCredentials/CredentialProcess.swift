import AWS
import Basics
import Glibc
import JSON
import Processes
import Transport

/// Credentials that a command prints: `credential_process` in a profile.
///
/// Source: "Process credential provider" in the AWS SDKs and Tools reference guide.
struct CredentialProcess: Sendable {
    let profile: String
    let settings: AWSSettings
    let time: TimeSource
    let loop: EventLoop
    /// Long, because the command may wait for a person who signs in.
    var timeout = Duration.seconds(5 * 60)

    /// Runs the command.
    ///
    /// It has the terminal, but not standard input when that is a file or a pipe, which belongs to this program.
    /// - Throws: `credentialsFailed`; never with what the command printed on standard output.
    func fetch() async throws -> AWSCredentials {
        let line = settings.files.profiles[profile]?["credential_process"] ?? ""
        guard let words = shellWords(line), !words.isEmpty else {
            throw failure("credential_process is empty or has a quote or backslash without its end")
        }
        var command = ChildCommand(words, environment: settings.environment, timeout: timeout)
        command.inheritsInput = isatty(STDIN_FILENO) == 1
        let result: ChildCommand.Result
        do {
            result = try await command.run(on: loop)
        } catch let error as ProcessError {
            throw failure("credential_process: \(error.message)", underlying: error)
        }
        guard result.exitCode == 0 else {
            throw failure("credential_process: \(words[0]) \(result.failure(showing: 1_000))")
        }
        return try credentials(result.output, of: words[0])
    }

    private func credentials(_ output: [UInt8], of program: String) throws(AWSError) -> AWSCredentials {
        guard let document = try? JSONValue(parsing: output), document.objectValue != nil else {
            throw failure("credential_process: the output of \(program) is not a JSON object")
        }
        guard document["Version"]?.intValue == 1 else {
            throw failure("credential_process: the output of \(program) needs \"Version\": 1")
        }
        do throws(AWSError) {
            let credentials = try AWSCredentials(document: document, tokenKey: "SessionToken")
            try credentials.checkExpiration(at: time.now(), "the expiry of its credentials")
            return credentials
        } catch {
            throw failure("credential_process: \(program): \(error.message)")
        }
    }

    private func failure(_ reason: String, underlying: (any Error)? = nil) -> AWSError {
        AWSSettings.failure(profile, reason, underlying: underlying)
    }
}
