import AWS
import Basics

/// Credentials that must come before a deadline, because their source may wait for a person or a command for minutes.
struct TimedCredentials: CredentialsProvider {
    let base: any CredentialsProvider
    let deadline: Timestamp
    let time: TimeSource

    /// - Throws: `credentialsFailed` when the deadline comes first.
    func credentials() async throws -> AWSCredentials {
        let found = try await withThrowingTaskGroup(of: AWSCredentials?.self) { group in
            group.addTask { try await base.credentials() }
            group.addTask {
                try await time.sleep(max(.zero, deadline - time.now()))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        if let found { return found }
        throw AWSError(
            .credentialsFailed,
            "the source of the credentials gave none within --time-limit: make it longer, or see why it is slow")
    }

    func invalidate(_ rejected: AWSCredentials) async { await base.invalidate(rejected) }
}
