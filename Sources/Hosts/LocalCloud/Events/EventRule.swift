public import JSON

/// A rule of EventBridge: which events, or when, and where they go.
public struct EventRule: Sendable, Equatable {
    /// Its name, one of each bus.
    public let name: String
    /// As targets and dead letters name it.
    public let arn: String
    /// Nil for a rule that has only a schedule.
    public let pattern: EventPattern?
    /// Nil for a rule that has only a pattern.
    public let schedule: RuleSchedule?
    /// Empty while they have not been read.
    public let targets: [EventTarget]

    /// A rule of the default bus.
    public init(
        name: String, pattern: EventPattern?, schedule: RuleSchedule?, targets: [EventTarget]
    ) {
        self.init(
            name: name, arn: "arn:aws:events:\(LocalPlace.region):\(LocalPlace.account):rule/\(name)",
            pattern: pattern, schedule: schedule, targets: targets)
    }

    private init(
        name: String, arn: String, pattern: EventPattern?, schedule: RuleSchedule?, targets: [EventTarget]
    ) {
        (self.name, self.arn, self.pattern, self.schedule) = (name, arn, pattern, schedule)
        self.targets = targets
    }

    /// Why a rule that exists is not played, for people.
    struct Unplayable: Error {
        let reason: String
    }

    /// Reads an element of `ListRules`, which has no targets; nil for one that is disabled.
    init?(describing rule: JSONValue) throws(Unplayable) {
        guard let name = rule["Name"]?.stringValue, let arn = rule["Arn"]?.stringValue,
            rule["State"]?.stringValue?.hasPrefix("ENABLED") ?? true
        else { return nil }
        (self.name, self.arn, targets) = (name, arn, [])
        do {
            pattern = try rule["EventPattern"]?.stringValue.map { try EventPattern(JSONValue(parsing: $0)) }
            schedule = try rule["ScheduleExpression"]?.stringValue.map { try RuleSchedule($0) }
        } catch {
            let reason =
                (error as? EventPattern.Fault)?.message ?? (error as? RuleSchedule.Fault)?.message ?? "\(error)"
            throw Unplayable(reason: "the rule \(name) is not played: \(reason)")
        }
    }

    /// The rule with its targets.
    func with(_ targets: [EventTarget]) -> EventRule {
        EventRule(name: name, arn: arn, pattern: pattern, schedule: schedule, targets: targets)
    }
}

/// Where a rule sends what it selects.
public struct EventTarget: Sendable, Equatable {
    /// Its name in the rule.
    public let id: String
    /// A function, a topic, a queue or another bus.
    public let arn: String
    /// What it gets.
    let input: EventInput
    /// How often a failed delivery is repeated.
    let maximumRetries: Int
    /// How long after the event it is repeated.
    let maximumAge: Duration
    /// The queue of what could not be delivered; nil to lose it.
    let deadLetterARN: String?
    /// Of a FIFO queue.
    let messageGroup: String?

    /// A target with EventBridge's defaults: a day, and 185 retries.
    /// - Parameter constant: what it gets instead of the event; nil for the event.
    public init(id: String, arn: String, constant: JSONValue? = nil, deadLetterARN: String? = nil) {
        (self.id, self.arn, self.deadLetterARN) = (id, arn, deadLetterARN)
        input = constant.map { .constant($0.description) } ?? .event
        (maximumRetries, maximumAge, messageGroup) = (185, .seconds(86_400), nil)
    }

    /// Reads an element of `ListTargetsByRule`.
    init(describing target: JSONValue) throws(EventRule.Unplayable) {
        id = target["Id"]?.stringValue ?? ""
        arn = target["Arn"]?.stringValue ?? ""
        let policy = target["RetryPolicy"]
        maximumRetries = Int(policy?["MaximumRetryAttempts"]?.intValue ?? 185)
        maximumAge = .seconds(policy?["MaximumEventAgeInSeconds"]?.intValue ?? 86_400)
        deadLetterARN = target["DeadLetterConfig"]?["Arn"]?.stringValue
        messageGroup = target["SqsParameters"]?["MessageGroupId"]?.stringValue
        input = try EventInput(describing: target)
    }
}

/// The account and the region of the local AWS.
public enum LocalPlace {
    /// moto's own.
    public static let account = "123456789012"
    /// That of ``Moto/environment``.
    public static let region = "us-east-1"

    /// The queue of events that rules of `tocsin.yaml` could not deliver.
    public static let eventDeadLetters = "arn:aws:sqs:\(region):\(account):events-local-deadletter"
    /// The topic of ``MonitorResources/alarmsTopicARN``.
    public static let alarmsTopic = "arn:aws:sns:\(region):\(account):alarms-local"

    /// The ARN of a function that ``LocalFunction`` hosts.
    public static func function(_ name: String) -> String { "arn:aws:lambda:\(region):\(account):function:\(name)" }
}
