public import AWS
public import Basics
import Glibc
public import StateStore

/// Where the programs record runs. All have to use the same place, or they change one service at the same time.
extension AdjustmentLedger {
    /// `$ADJUST_STATE`, else `fargate` in the folder of tocsin's state; nil when there is no home either.
    public static func location(_ environment: Environment) -> String? {
        environment["ADJUST_STATE"] ?? environment.stateFolder.map { $0 + "/fargate" }
    }

    /// The store at a location: a folder, which is made, `s3://bucket/prefix` or `dynamodb:table`.
    /// - Throws: ``AdjusterError``: `invalidConfiguration` for another text, `unavailable` for a folder that cannot be
    ///   used.
    public static func store(
        at location: String, aws: () throws -> AWSConfiguration
    ) throws(AdjusterError) -> StateStore {
        do {
            if let store = try StateStore.at(location, aws: aws) { return store }
        } catch { throw AdjusterError(.invalidConfiguration, "\(location): \(error)", underlying: error) }
        guard !location.containsBytes("://"), location != "dynamodb:" else {
            throw AdjusterError(
                .invalidConfiguration, "\(location): expected a folder, \(StateStore.expectedLocation)")
        }
        do {
            try makeFolder(location)
            guard access(location, R_OK | W_OK | X_OK) == 0 else { throw SystemError.last }
        } catch {
            throw AdjusterError(
                .unavailable, "runs cannot be recorded in \(location): \(error)", underlying: error)
        }
        return .folder(location)
    }
}
