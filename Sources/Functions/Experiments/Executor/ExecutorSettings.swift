import AWS
import Basics
import ConfigurationSources
import StateStore
import Transport

/// The chaos executor's settings, from its environment variables.
struct ExecutorSettings: Sendable {
    /// What lets a run of hours survive its invocations.
    enum Durability: String, Sendable, CaseIterable {
        /// Lambda's durable executions, when the function was created with them.
        case lambda
        /// A document in the state store; the function calls itself again before its time is over.
        case state
        /// Nothing: a run must end within one invocation.
        case off
    }

    /// `s3://bucket/prefix` where journals go; nil for nowhere but the caller.
    var journals: (bucket: String, prefix: String)?
    /// The ledger, the locks, the commands and the approvals.
    var state: StateStore?
    var guardSource: ConfigurationSource?
    var leverSource: ConfigurationSource?
    var durability: Durability
    var topic: String?
    /// The namespace of the metrics; nil for none.
    var metrics: String?
    /// The table of the original's reports.
    var table: String?
    var traces: TraceSettings?
    var overlap: OverlapPolicy
    /// How long before the end of an invocation nothing new begins.
    var margin: Duration

    /// Reads the variables.
    /// - Throws: ``ExperimentError`` with everything that is wrong with them.
    init(
        _ variables: [String: String], aws: @escaping @Sendable () throws -> AWSConfiguration
    ) throws(ExperimentError) {
        var faults: [String] = []
        func value(_ name: String) -> String? {
            variables[name].map { String($0.trimmingWhitespace) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        func source(_ name: String) -> ConfigurationSource? {
            guard let text = value(name) else { return nil }
            if let source = ConfigurationSource(text) { return source }
            faults.append("\(name) is \"\(text)\", expected s3://bucket/key, ssm:/name or a file")
            return nil
        }
        func word<Word: CaseIterable & RawRepresentable<String>>(_ name: String, _ fallback: Word) -> Word {
            guard let text = value(name) else { return fallback }
            if let word = Word(rawValue: text) { return word }
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append("\(name) is \"\(text)\", expected one of \(words)")
            return fallback
        }
        if let text = value("EXPERIMENT_JOURNALS") {
            journals = StateStore.bucketAndPrefix(text)
            if journals == nil { faults.append("EXPERIMENT_JOURNALS is \"\(text)\", expected s3://bucket/prefix") }
        }
        if let text = value("EXPERIMENT_STATE") {
            do {
                state = try StateStore.at(text, aws: aws)
                if state == nil {
                    faults.append("EXPERIMENT_STATE is \"\(text)\", expected \(StateStore.expectedLocation)")
                }
            } catch {
                faults.append("EXPERIMENT_STATE: \(error)")
            }
        }
        guardSource = source("EXPERIMENT_GUARD")
        leverSource = source("EXPERIMENT_LEVER")
        durability = word("EXPERIMENT_DURABLE", .off)
        overlap = word("EXPERIMENT_OVERLAP", .forbid)
        topic = value("EXPERIMENT_NOTIFY_TOPIC")
        metrics = value("EXPERIMENT_METRICS") == "off" ? nil : value("EXPERIMENT_METRICS") ?? "Tocsin/Experiments"
        table = value("EXPERIMENT_TABLE")
        traces = TraceSettings(environment: variables)
        margin = .seconds(60)
        if let text = value("EXPERIMENT_MARGIN") {
            if let span = Duration(text: text, bareUnit: .seconds(1)), span > .zero {
                margin = span
            } else {
                faults.append("EXPERIMENT_MARGIN is \"\(text)\", expected a time such as 60s")
            }
        }
        if durability == .state, state == nil { faults.append("EXPERIMENT_DURABLE=state needs EXPERIMENT_STATE") }
        guard faults.isEmpty else {
            throw ExperimentError(.configuration, "wrong environment: " + faults.joined(separator: "; "))
        }
    }
}
