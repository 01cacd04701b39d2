import AWSResources
import Basics
import Events
import JSON

/// What the alarm provisioner is asked to do.
struct ProvisionerRequest: Sendable, Hashable {
    /// What is done.
    enum Action: String, Sendable, CaseIterable {
        /// Only tells what would be changed.
        case plan
        /// Makes the alarms as they should be.
        case apply
        /// Deletes all alarms of the owner.
        case destroy
    }

    /// Nil for what the function is set to: `ALARM_ACTION`.
    var action: Action?
    var range: Provisioner.Range
    /// What asked, for logs and messages: `schedule`, `RunInstances`.
    var trigger: String
}

/// What an event means.
enum ProvisionerEvent: Sendable, Hashable {
    /// One request for each resource that the event names; one for everything when it names none, or many.
    case requests([ProvisionerRequest])
    /// An event that was sent rightly and needs nothing: a call that failed, an instance that only stops.
    case ignored(String)

    static let expected =
        "The provisioner takes {\"action\": \"plan\"|\"apply\"|\"destroy\", \"resource\"?, \"scopes\"?}, a scheduled "
        + "event, and EventBridge's events of EC2 instances, of tags and of calls by CloudTrail."

    /// Reads a message without its envelope.
    ///
    /// - `{"action": "plan"|"apply"|"destroy", "resource"?: ARN or id, "scopes"?: ["account/region", …]}`
    /// - `{"action": "scan"}`, the scheduled event of amazon-cloudwatch-auto-alarms
    /// - a scheduled event of EventBridge or EventBridge Scheduler
    /// - `EC2 Instance State-change Notification`, `Tag Change on Resource`, `AWS API Call via CloudTrail`
    /// - Throws: ``ProvisionerError`` with `invalid` that says what is expected.
    init(_ message: IncomingMessage) throws(ProvisionerError) {
        if let event = EventBridgeEvent(message) {
            self = try Self.read(event)
            return
        }
        guard let object = message.value.objectValue else {
            throw ProvisionerError(.invalid, "the event is a \(message.value.kindName). \(Self.expected)")
        }
        self = .requests([try Self.read(direct: object)])
    }

    // MARK: Direct

    private static func read(direct object: JSONObject) throws(ProvisionerError) -> ProvisionerRequest {
        guard let action = object["action"] else {
            throw ProvisionerError(.invalid, "the event has no action. \(expected)")
        }
        let words = ProvisionerRequest.Action.allCases.map(\.rawValue)
        guard let word = action.stringValue, word == "scan" || words.contains(word) else {
            let advice = action.stringValue.flatMap { words.nearest(to: $0) }.map { ", did you mean \($0)?" } ?? "."
            throw ProvisionerError(
                .invalid, "action is \(action), expected one of \(words.joined(separator: ", "))\(advice)")
        }
        let unknown = object.keys.filter { !["action", "resource", "scopes"].contains($0) }
        if let key = unknown.first {
            throw ProvisionerError(.invalid, "the event has an unknown member \(key). \(expected)")
        }
        var range = Provisioner.Range()
        if let resource = object["resource"], resource != .null {
            guard let text = resource.stringValue, !text.isEmpty else {
                throw ProvisionerError(.invalid, "resource is \(resource), expected the ARN or the id of a resource")
            }
            range = Provisioner.Range(resource: text)
            if let arn = ARN(text) { range.kinds = ResourceKind.kinds(ofARN: arn) }
        }
        range.scopes = try scopes(object["scopes"])
        // Auto-alarms' word for "everything".
        return ProvisionerRequest(
            action: word == "scan" ? nil : ProvisionerRequest.Action(rawValue: word), range: range,
            trigger: word == "scan" ? "scan" : "a call")
    }

    private static func scopes(_ value: JSONValue?) throws(ProvisionerError) -> [AlarmScope] {
        guard let value, value != .null else { return [] }
        var scopes: [AlarmScope] = []
        for text in value.arrayValue ?? [value] {
            guard let scope = text.stringValue.flatMap({ AlarmScope($0) }) else {
                throw ProvisionerError(
                    .invalid, "scopes has \(text), expected texts such as 123456789012/eu-central-1")
            }
            scopes.append(scope)
        }
        return scopes
    }

    // MARK: EventBridge

    private static func read(_ event: EventBridgeEvent) throws(ProvisionerError) -> ProvisionerEvent {
        switch event.type {
        case "Scheduled Event":
            return .requests([ProvisionerRequest(action: nil, range: Provisioner.Range(), trigger: "schedule")])
        case "EC2 Instance State-change Notification": return try instance(event)
        case "Tag Change on Resource": return try tags(event)
        case "AWS API Call via CloudTrail", "AWS Service Event via CloudTrail": return try call(event)
        default:
            throw ProvisionerError(.invalid, "an event \"\(event.type)\" of \(event.source) came. \(expected)")
        }
    }

    private static func instance(_ event: EventBridgeEvent) throws(ProvisionerError) -> ProvisionerEvent {
        guard let id = event.detail["instance-id"]?.stringValue, let state = event.detail["state"]?.stringValue else {
            throw ProvisionerError(.invalid, "an event of an EC2 instance has no instance-id or no state")
        }
        guard state == "running" || state == "terminated" else {
            return .ignored("\(id) is \(state): alarms change when an instance is running or terminated")
        }
        return try requests(
            event, kinds: [.ec2Instance], ids: [id], isGone: state == "terminated", "\(id) is \(state)")
    }

    private static func tags(_ event: EventBridgeEvent) throws(ProvisionerError) -> ProvisionerEvent {
        guard let text = event.resources.first, let arn = ARN(text) else {
            throw ProvisionerError(.invalid, "a tag change names no resource by its ARN")
        }
        let kinds = ResourceKind.kinds(ofARN: arn)
        guard !kinds.isEmpty else { return .ignored("\(text) is of no kind that alarms are made for") }
        return try requests(
            event, kinds: kinds, ids: [text], isGone: false, "tags of \(ARN.lastPart(text) ?? text)")
    }

    private static func call(_ event: EventBridgeEvent) throws(ProvisionerError) -> ProvisionerEvent {
        guard let source = event.detail["eventSource"]?.stringValue, let name = event.detail["eventName"]?.stringValue
        else {
            throw ProvisionerError(.invalid, "a record of CloudTrail has no eventSource or no eventName")
        }
        if let code = event.detail["errorCode"]?.stringValue { return .ignored("\(name) failed with \(code)") }
        let service = String(source.prefix { $0 != "." })
        guard let row = ResourceCalls.row(service: service, name: name) else {
            return .ignored("\(service):\(name) is not watched: narrow the rule of EventBridge")
        }
        return try requests(
            event, kinds: row.kinds, ids: ResourceCalls.ids(in: event.detail, row),
            isGone: row.effect == .disappears, name)
    }

    /// More resources than these are quicker looked at together with all others.
    static let maximumResources = 10

    private static func requests(
        _ event: EventBridgeEvent, kinds: Set<ResourceKind>, ids: [String], isGone: Bool, _ trigger: String
    ) throws(ProvisionerError) -> ProvisionerEvent {
        guard let account = event.account, let region = event.region else {
            throw ProvisionerError(
                .invalid, "an event \"\(event.type)\" has no account or no region: send it without an input transformer"
            )
        }
        // An id can also stand elsewhere than it should; then everything is looked at, and nothing counts as gone.
        guard (1...maximumResources).contains(ids.count) else {
            return .requests([ProvisionerRequest(action: nil, range: Provisioner.Range(), trigger: trigger)])
        }
        return .requests(
            ids.map { id in
                var range = Provisioner.Range(scopes: [AlarmScope(account: account, region: region)], resource: id)
                range.kinds = kinds
                range.isGone = isGone
                return ProvisionerRequest(action: nil, range: range, trigger: trigger)
            })
    }
}

extension AlarmScope {
    /// Reads `123456789012/eu-central-1`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 2, parts[0].isAccount, !parts[1].isEmpty else { return nil }
        self.init(account: parts[0], region: parts[1])
    }
}

extension String {
    /// Whether it is the id of an account: twelve digits.
    var isAccount: Bool { utf8.count == 12 && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
