import Basics
import DurableExecution
import JSON

/// What a run will record at least, as far as its document tells.
struct RunEstimate: Sendable, Hashable {
    /// Steps, waits and parts.
    var operations = 0
    /// Of their results; each activity counts with a usual record.
    var bytes = 0
    /// The pauses of the method and the rollbacks, those in the background beside the others.
    var pauses = Duration.zero

    /// The estimate of an experiment.
    /// - Parameter watchInterval: the pause between two looks at levers and stop conditions; nil when nothing is
    ///   watched.
    init(
        _ experiment: Experiment, _ options: RunOptions, _ substitution: Substitution, watchInterval: Duration? = nil
    ) {
        let method = add(experiment.method, experiment, options, substitution)
        pauses = method + add(experiment.rollbacks, experiment, options, substitution)
        let probes = experiment.hypothesis?.probes ?? []
        let strategy = options.hypothesis
        var checks = (strategy.checksBefore ? 1 : 0) + (strategy.checksAfter ? 1 : 0)
        if strategy.checksDuring, !probes.isEmpty {
            let more = 1 + method.dividedRoundingUp(by: options.hypothesisFrequency)
            checks += more
            operations += more
        }
        for _ in 0..<min(checks, Self.ridiculous) { _ = add(probes, experiment, options, substitution) }
        if let watchInterval { operations += 2 + pauses.dividedRoundingUp(by: watchInterval) }
        // Start, end, permission, the controls around each part, and the outputs.
        operations += 20
        bytes += JSONValue.object(experiment.document).serialized().count
    }

    /// More checks than any limit allows.
    private static let ridiculous = 100_000

    /// Adds activities.
    /// - Returns: how long their pauses take.
    private mutating func add(
        _ activities: [Activity], _ experiment: Experiment, _ options: RunOptions, _ substitution: Substitution
    ) -> Duration {
        var (sum, longest) = (Duration.zero, Duration.zero)
        for activity in activities {
            let pauses = substitution.apply(to: activity.declaration["pauses"] ?? [:])
            let seconds = ["before", "after"].compactMap { pauses[$0]?.doubleValue }.filter { $0 > 0 }
            let times = 1 + Self.repetitions(of: activity, experiment)
            operations += times * (1 + seconds.count + (activity.isBackground ? 1 : 0))
            bytes += times * PlanAssumptions().bytesPerActivity
            guard options.dry == nil else { continue }
            let pause = Duration.milliseconds(Int64(min(seconds.reduce(0, +), 1e9) * 1_000)) * times
            if activity.isBackground { longest = max(longest, sum + pause) } else { sum += pause }
        }
        return max(sum, longest)
    }

    private static func repetitions(of activity: Activity, _ experiment: Experiment) -> Int {
        for control in activity.controls + experiment.controls {
            if case .repeating(let count, _) = control.kind { return max(0, min(count, ridiculous) - 1) }
        }
        return 0
    }

    /// Refuses a run that would not get to its end.
    /// - Throws: ``ExperimentError`` with `refused` that says what is too much.
    func check(_ limits: DurableLimits) throws(ExperimentError) {
        guard operations > limits.operations || bytes > limits.bytes || pauses > limits.wait else { return }
        throw ExperimentError(
            .refused,
            "nothing was run: the experiment needs about \(operations) operations, \(bytes >> 20) MiB and "
                + "\(pauses.text) of pauses, and a durable execution takes \(limits.operations), \(limits.bytes >> 20) "
                + "MiB and \(limits.wait.text): check the hypothesis less often, or split the experiment")
    }
}

extension Duration {
    /// How often another duration fits in, rounded up; at most a billion times.
    fileprivate func dividedRoundingUp(by other: Duration) -> Int {
        guard self > .zero else { return 0 }
        return Int(min((self / max(other, .milliseconds(1))).rounded(.up), 1e9))
    }
}
