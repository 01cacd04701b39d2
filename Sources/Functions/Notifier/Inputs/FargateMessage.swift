import AWSResources
import Basics
import Events
import JSON

/// What `fargate-adjuster` publishes: one notification of a run, as its services are adjusted or put back together.
struct FargateMessage {
    /// How many lines a text or field has.
    private static let maximumLines = 20
    /// How many components a title names.
    private static let maximumNames = 5

    private let adjustment: FargateAdjustment
    /// The worst first: what somebody has to look at is never among what is left out.
    private let outcomes: [FargateAdjustment.Outcome]

    @Sendable static func read(_ message: IncomingMessage) throws(EventError) -> [Notification]? {
        guard message.value["type"]?.stringValue == FargateAdjustment.type else { return nil }
        return [try FargateMessage(message.value).notification(of: message)]
    }

    private init(_ value: JSONValue) throws(EventError) {
        let adjustment = try FargateAdjustment(value).withoutSecrets
        self.adjustment = adjustment
        outcomes = FargateAdjustment.State.worstFirst.flatMap { state in
            adjustment.outcomes.filter { $0.state == state }
        }
    }

    private func notification(of message: IncomingMessage) -> Notification {
        var notification = message.notification(
            "Fargate \(subject): \(result)", source: .fargateAdjuster, severity: severity)
        notification.text = outcomes.isEmpty ? adjustment.message : lines { [$0.message] }
        notification.state = StateChange(to: adjustment.state.rawValue)
        notification.time = adjustment.at
        // The id is the same for each publication of one run; when it was published may differ.
        notification.dedupeKey = message.dedupeKey(
            adjustment.id, content: "\(adjustment.state.rawValue)\n\(notification.text)")
        let services = outcomes.map(\.service).sorted()
        if !services.isEmpty { notification.incidentKey = "fargate|" + services.joined(separator: "|") }
        notification.resource = services.count == 1 ? services.first : nil
        let place = services.lazy.compactMap { ARN($0) }.first
        notification.account = place?.account ?? notification.account
        notification.region = place?.region ?? notification.region
        notification.message = adjustment.json

        notification.fields.add("Error", adjustment.error.map(words))
        notification.fields.add("Cause", lines { $0.cause.map { [words($0.kind)] } ?? [] })
        notification.fields.add(
            "Changes",
            lines { $0.changes.map(Self.line) }, isShort: false)
        notification.fields.add(
            "Revision now", lines { $0.taskDefinition.map { [ARN($0)?.name ?? $0] } ?? [] })
        notification.fields.add("Warnings", lines(\.warnings), isShort: false)
        notification.fields.add("Duration", duration.map(readable(seconds:)))
        notification.fields.add("Run", adjustment.id)
        return notification
    }

    /// Such as `service prod/web, component web`.
    private var subject: String {
        switch outcomes.count {
        case 0: return "adjustment"
        case 1:
            let service = ARN(outcomes[0].service)?.name ?? outcomes[0].service
            return "service \(service), component \(outcomes[0].component)"
        default:
            let names = outcomes.prefix(Self.maximumNames).map(\.component).joined(separator: ", ")
            let rest = outcomes.count - Self.maximumNames
            return "components \(names)" + (rest > 0 ? " and \(rest) more" : "")
        }
    }

    private var result: String {
        switch adjustment.state {
        case .succeeded: "adjusted"
        case .unchanged: "unchanged"
        case .restored: "put back"
        case .nothingToRestore: "failed, nothing to put back"
        case .stillBroken: "still broken"
        case .refused: "refused"
        case .failed: "failed"
        }
    }

    private var severity: Severity {
        switch adjustment.state {
        case .succeeded, .unchanged: .info
        case .restored, .nothingToRestore, .refused: .warning
        case .stillBroken, .failed: .critical
        }
    }

    /// In seconds, from the first service's start to the last one's end.
    private var duration: Double? {
        guard let start = outcomes.compactMap(\.startedAt).min(), let end = outcomes.compactMap(\.endedAt).max(),
            end > start
        else { return nil }
        return (end - start) / .seconds(1)
    }

    /// Such as `cpu: 1 vCPU → 2 vCPU`.
    ///
    /// No words stand behind the colon of a secret variable: they would be masked for its value.
    private static func line(_ change: FargateAdjustment.Change) -> String {
        change.from.map { "\(change.setting): \($0) → \(change.to)" } ?? "\(change.setting) (new): \(change.to)"
    }

    /// Lines about each service, behind the component's name where there are several.
    private func lines(_ texts: (FargateAdjustment.Outcome) -> [String]) -> String {
        let lines = outcomes.flatMap { outcome in
            texts(outcome).map { outcomes.count == 1 ? $0 : "\(outcome.component): \($0)" }
        }
        let rest = lines.count - Self.maximumLines
        return (lines.prefix(Self.maximumLines) + (rest > 0 ? ["… and \(rest) more"] : [])).joined(separator: "\n")
    }
}

extension FargateAdjustment {
    /// With `***` in place of variables whose name says that they are secret: behind `from` and `to` nobody sees it.
    fileprivate var withoutSecrets: FargateAdjustment {
        var copy = self
        for index in copy.outcomes.indices {
            copy.outcomes[index].changes = copy.outcomes[index].changes.map { change in
                Change(
                    change.setting, from: change.from.map { SecretMask.masked($0, named: change.setting) },
                    to: SecretMask.masked(change.to, named: change.setting))
            }
        }
        return copy
    }
}
