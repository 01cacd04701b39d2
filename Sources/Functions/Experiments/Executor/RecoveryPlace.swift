import AWS
import Basics
public import DurableExecution
import JSON

/// What a recovery works with on its machine or in its function.
public struct RecoveryPlace: Sendable {
    private let providers: Providers
    private let resolution: VariableResolution
    private let environment: RunEnvironment
    /// Why the runs did not come to their end, for their journals.
    private let reason: String

    /// A place.
    public init(
        _ providers: Providers, _ resolution: VariableResolution, _ environment: RunEnvironment, reason: String
    ) {
        (self.providers, self.resolution) = (providers, resolution)
        (self.environment, self.reason) = (environment, reason)
    }

    /// Undoes changes with the credentials and secrets of this place.
    var restorer: Restorer {
        Restorer(providers.registry, time: environment.time) { [providers, resolution] record, entry in
            try NativeActivity.Invocation(
                undoing: entry, of: Experiment(reading: record.document), await resolution.values(recovering: record),
                providers, deadline: providers.deadline ?? providers.time.now() + .seconds(600))
        }
    }

    /// Makes sure that the credentials are those of the account that a run has changed.
    ///
    /// In another one its targets do not exist, or are others with the same names.
    func checkAccount(of record: RunRecord) async throws {
        guard let account = record.account else { return }
        let own = try await providers.account()
        guard own != account else { return }
        throw ExperimentError(
            .refused,
            "nothing was put back: the run changed the account \(account), and the credentials are those of "
                + "\(own ?? "an unknown one"): recover with those of \(account)")
    }

    /// Goes through a run once more up to where its process ended, as far as the scope knows, and plays its rollbacks.
    public func playRollbacks(
        of run: LedgerRun, on scope: DurableScope, events: @escaping RunEventSink
    ) async throws -> ExperimentExecution.Result {
        let interruption = Interruption()
        interruption.raise(Interruption.Reason(.lost, reason))
        var plan = ExperimentExecution.Plan(recovering: run.record)
        plan.substitution = try await resolution.values(recovering: run.record, on: scope)
        let execution = ExperimentExecution(plan, providers: providers, environment: environment, ledger: nil)
        return try await execution.run(on: scope, interruption: interruption, held: run, events: events)
    }
}

extension Providers {
    /// The account of the credentials; STS has 20 seconds to tell it.
    func account() async throws -> String? {
        try await AWSClient(.sts, configuration: aws()).call("GetCallerIdentity", deadline: time.now() + .seconds(20))[
            "Account"]?.stringValue
    }
}

extension Recovery {
    /// A recovery in a place; it refuses the runs of other accounts.
    /// - Parameter enter: called before a run is worked on.
    public init(
        _ ledger: Ledger, in place: RecoveryPlace, enter: @escaping @Sendable (RunRecord) -> Void = { _ in },
        playRollbacks: @escaping PlayRollbacks
    ) {
        self.init(
            ledger, place.restorer, playRollbacks: playRollbacks,
            prepare: { record in
                enter(record)
                try await place.checkAccount(of: record)
            })
    }
}
