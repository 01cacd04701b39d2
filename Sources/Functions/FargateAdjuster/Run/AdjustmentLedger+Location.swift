public import AWS
public import Basics
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
        do throws(StateStoreError) { return try .atPlace(location, aws: aws) } catch {
            if error.code == .malformed {
                throw AdjusterError(.invalidConfiguration, error.message, underlying: error.underlying)
            }
            throw AdjusterError(.unavailable, "runs cannot be recorded in \(error.message)", underlying: error)
        }
    }
}
