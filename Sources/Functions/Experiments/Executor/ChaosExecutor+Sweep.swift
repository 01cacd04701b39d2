import AWS
import Basics
import ConfigurationSources
import DurableExecution
import FunctionRuntime
import JSON
import Logging
import StateStore

extension ChaosExecutor {
    /// Puts back what runs have left broken whose process is gone.
    func sweep(_ context: InvocationContext) async throws -> JSONValue {
        guard let state = settings.state else {
            throw ExperimentError(.configuration, "EXPERIMENT_STATE is not set: there is no ledger to work off")
        }
        let rest = context.deadline - time.now()
        let report = try await recovery(state, context).run(until: context.deadline - min(.seconds(15), rest / 4))
        for line in report.lines { context.logger.info("\(line)") }
        if let metrics = settings.metrics { try await writeBroken(report, to: metrics, context) }
        if !report.isClean { try await tell(report, context) }
        return report.json
    }

    /// Works off the ledger, and writes the journals of the rollbacks.
    func recovery(_ state: StateStore, _ context: InvocationContext) -> Recovery {
        let resolution = VariableResolution(
            environment: environment,
            remote: SecretResolver.Remote(http: http, aws: .aws(aws), deadline: context.deadline))
        let place = RecoveryPlace(
            providers(context), resolution, self.place, reason: "the function that ran the experiment has ended")
        return Recovery(Ledger(store: state, time: time), in: place) { run in
            let isFirst = run.record.openRollbacks == nil
            let result = try await place.playRollbacks(
                of: run, on: DurableScope(inMemory: time), events: events(context))
            // Rollbacks that fail in each sweep need no journal of each.
            guard isFirst else { return result.rollbacks }
            let entry = JournalOutput.Entry(run: run.record.run, source: run.record.source, journal: result.journal)
            for output in await JournalOutput.write(entry, to: outputs(of: nil), until: context.deadline) {
                guard let error = output.error else { continue }
                context.logger.error("the journal did not reach \(output.name): \(error)")
            }
            return result.rollbacks
        }
    }

    /// Counts what is still broken, so that an alarm can watch it.
    private func writeBroken(_ report: RecoveryReport, to namespace: String, _ context: InvocationContext) async throws
    {
        let client = try AWSClient(.cloudWatch, configuration: aws())
        let datum: JSONValue = [
            "MetricName": "still_broken", "Value": .double(Double(report.stillBroken)), "Unit": "Count",
        ]
        _ = try await client.call(
            "PutMetricData", ["Namespace": .string(namespace), "MetricData": [datum]], deadline: context.deadline)
    }

    /// Tells the notifier what could not be put back.
    private func tell(_ report: RecoveryReport, _ context: InvocationContext) async throws {
        guard let topic = settings.topic else { return }
        let text = (["Experiments have left something broken:"] + report.lines).joined(separator: "\n")
        try await JournalOutput.publish(
            ["experiment_source": "sweep", "state": "failed", "response": .string(text.prefix(100_000).description)],
            subject: "Experiments: still broken", to: topic, aws, until: context.deadline)
    }
}
