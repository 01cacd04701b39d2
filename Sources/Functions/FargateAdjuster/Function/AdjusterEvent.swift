import Basics
import Events
import JSON

/// What the Fargate adjuster is asked to do.
///
/// The configuration is that which a request carries itself; nil for the function's.
enum AdjusterEvent: Sendable, Hashable {
    /// Tell the present values of these components; nil for all.
    case describe([String]?, configuration: JSONValue?)
    /// Tell what an adjustment would do.
    case plan(AdjustmentRequest, configuration: JSONValue?)
    /// Adjust.
    case adjust(AdjustmentRequest, configuration: JSONValue?)
    /// End a run, with everything put back.
    case cancel(String)
    /// Tell where a run is.
    case status(String)
    /// Go on with all open runs: the timer.
    case recover
    /// Go on with the open run of a service, because ECS tells of a change.
    case change(ECSServiceName, String)
    /// Nothing to do, and why.
    case ignored(String)

    static let expected =
        "The adjuster takes {\"describe\": null}, {\"plan\": {\"application\": …}}, {\"adjust\": {\"application\": …}}, "
        + "{\"status\": \"<run>\"}, {\"cancel\": \"<run>\"}, {\"recover\": null}, a scheduled event, and ECS's events "
        + "of deployments, services and tasks."
}

extension AdjusterEvent {
    /// Reads one message.
    /// - Throws: ``AdjusterError`` `invalidInput` that says what is expected.
    init(_ message: IncomingMessage) throws(AdjusterError) {
        if let event = EventBridgeEvent(message) {
            self = try Self.read(event)
        } else {
            self = try Self.read(message.value)
        }
    }

    private static let verbs = ["describe", "plan", "adjust", "cancel", "status", "recover"]

    private static func read(_ value: JSONValue) throws(AdjusterError) -> AdjusterEvent {
        guard let object = value.objectValue else {
            throw AdjusterError(.invalidInput, "the event is a \(value.kindName), expected an object. \(expected)")
        }
        let named = object.keys.filter { verbs.contains($0) }
        guard named.count == 1, let verb = named.first else {
            let found =
                named.isEmpty
                ? "has none of \(verbs.joined(separator: ", "))" : "has \(named.joined(separator: " and "))"
            throw AdjusterError(.invalidInput, "the event \(found), expected exactly one of them. \(expected)")
        }
        let takesConfiguration = ["describe", "plan", "adjust"].contains(verb)
        if let key = object.keys.first(where: { $0 != verb && !($0 == "config" && takesConfiguration) }) {
            throw AdjusterError(.invalidInput, "the event has an unknown member \(key). \(expected)")
        }
        let configuration = object["config"] == .some(.null) ? .none : object["config"]
        let content = object[verb] ?? .null
        switch verb {
        case "describe": return .describe(try components(content), configuration: configuration)
        case "plan": return .plan(try AdjustmentRequest(content), configuration: configuration)
        case "adjust": return .adjust(try AdjustmentRequest(content), configuration: configuration)
        case "recover":
            guard content == .null else {
                throw AdjusterError(
                    .invalidInput, "recover is \(content), expected null: it goes on with all open runs")
            }
            return .recover
        default:
            guard let run = content.stringValue, RunName.isValid(run) else {
                throw AdjusterError(.invalidInput, "\(verb) is \(content), expected the id of a run, as adjust gave it")
            }
            return verb == "cancel" ? .cancel(run) : .status(run)
        }
    }

    /// `null`, `{}` or `{"application": …}` for all; `{"components": ["web"]}` for some.
    private static func components(_ content: JSONValue) throws(AdjusterError) -> [String]? {
        guard let list = content["components"] else {
            guard content == .null || content.objectValue != nil else {
                throw AdjusterError(
                    .invalidInput, "describe is \(content), expected null or {\"components\": [\"web\"]}")
            }
            return nil
        }
        let names = (list.arrayValue ?? []).compactMap(\.stringValue)
        guard !names.isEmpty, names.count == list.arrayValue?.count else {
            throw AdjusterError(.invalidInput, "describe.components is \(list), expected names of components")
        }
        return names
    }

    // MARK: EventBridge

    private static func read(_ event: EventBridgeEvent) throws(AdjusterError) -> AdjusterEvent {
        switch event.type {
        case "Scheduled Event": return .recover
        case "ECS Deployment State Change", "ECS Service Action":
            guard let arn = event.resources.first, let service = ECSServiceName(arn: arn) else {
                throw AdjusterError(.invalidInput, "an event \"\(event.type)\" names no service in its resources")
            }
            let name = event.detail["eventName"]?.stringValue ?? event.type
            let reason = event.detail["reason"]?.stringValue.map { "\(name): \($0)" } ?? name
            return .change(service.inCluster(event.detail["clusterArn"]?.stringValue), reason)
        case "ECS Task State Change": return task(event)
        default:
            throw AdjusterError(
                .invalidInput, "an event \"\(event.type)\" of \(event.source) came. \(expected)")
        }
    }

    private static func task(_ event: EventBridgeEvent) -> AdjusterEvent {
        let task = event.resources.first ?? "a task"
        let prefix = "service:"
        guard let group = event.detail["group"]?.stringValue, group.hasPrefix(prefix) else {
            return .ignored("\(task) belongs to no service")
        }
        let state = event.detail["lastStatus"]?.stringValue ?? "changed"
        let reason = event.detail["stoppedReason"]?.stringValue.map { "\(state): \($0)" } ?? state
        let service = ECSServiceName(name: String(group.dropFirst(prefix.count)), cluster: nil)
        return .change(service.inCluster(event.detail["clusterArn"]?.stringValue), "a task is \(reason)")
    }
}
