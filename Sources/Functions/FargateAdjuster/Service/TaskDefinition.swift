public import Basics
public import JSON

/// A revision of a task definition, and what of it can be registered again.
public struct TaskDefinition: Sendable, Hashable, Codable {
    /// The revision's ARN.
    public var arn = ""
    /// What all its revisions have in common.
    public var family = ""
    /// Its number in the family.
    public var revision = 0
    /// CPU units of the task.
    public var cpu = 0
    /// MiB of the task.
    public var memory = 0
    /// Whether a service can be brought to it: not when it was deregistered, although a service may still run it.
    public var isActive = true
    /// The input of `RegisterTaskDefinition` that makes the same revision again, with its tags.
    public var registrable: JSONObject = [:]

    /// An empty one.
    public init() {}

    /// The output of `DescribeTaskDefinition`, with `TAGS`.
    public init(_ json: JSONValue) {
        let definition = json["taskDefinition"] ?? [:]
        arn = definition.text("taskDefinitionArn")
        family = definition.text("family")
        revision = definition.integer("revision")
        isActive = ["ACTIVE", ""].contains(definition.text("status"))
        cpu = Self.size(definition.text("cpu"), unit: "vcpu") ?? 0
        memory = Self.size(definition.text("memory"), unit: "gb") ?? 0
        registrable = JSONObject(
            Self.registrableMembers.compactMap { name in definition[name].map { (name, $0) } })
        // AWS sets those with `aws:` itself, and takes them from nobody else.
        let tags = (json["tags"]?.arrayValue ?? []).filter { !$0.text("key").lowercased().hasPrefix("aws:") }
        if !tags.isEmpty { registrable["tags"] = .array(tags) }
    }

    /// What `RegisterTaskDefinition` takes, in the order of its model, without the tags.
    ///
    /// Everything else that `DescribeTaskDefinition` tells is of that one revision, and the call refuses it.
    static let registrableMembers = [
        "family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes",
        "placementConstraints", "requiresCompatibilities", "cpu", "memory", "pidMode", "ipcMode",
        "proxyConfiguration", "inferenceAccelerators", "ephemeralStorage", "runtimePlatform",
        "enableFaultInjection", "trustedExecutionConfiguration",
    ]

    /// Units or MiB: `512`, and as people write it, `0.5 vCPU` or `1 GB`.
    private static func size(_ text: String, unit: String) -> Int? {
        if let number = Int(text) { return number }
        let lower = text.lowercased()
        guard lower.hasSuffix(unit), let number = Double(String(lower.dropLast(unit.count).trimmingWhitespace)) else {
            return nil
        }
        return Int(exactly: (number * 1_024).rounded())
    }

    /// `web:12`.
    public var name: String { "\(family):\(revision)" }

    /// The value of a variable; nil when the container does not have it.
    /// - Parameter container: nil for the only one.
    /// - Throws: ``AdjusterError`` `refused` when it is not clear which container is meant, or it gets the variable
    ///   from a secret.
    public func variable(_ name: String, of container: String?) throws(AdjusterError) -> String? {
        let position = try position(of: container)
        let definition = containers[position]
        if let secret = definition["secrets"]?.arrayValue?.first(where: { $0["name"] == .string(name) }) {
            throw AdjusterError(
                .refused,
                "\(name) of container \(definition.text("name")) comes from a secret (\(secret.text("valueFrom"))): "
                    + "ECS takes no plain value beside it; take it out of the configuration, or out of the secrets of "
                    + self.name)
        }
        // Of several entries of one name the last one counts.
        return definition["environment"]?.arrayValue?.last { $0["name"] == .string(name) }?["value"]?.stringValue
    }

    /// Sets a variable of a container, as ``variable(_:of:)`` finds it.
    public mutating func set(_ name: String, to value: String, of container: String?) throws(AdjusterError) {
        _ = try variable(name, of: container)
        let position = try position(of: container)
        var containers = containers
        var environment = containers[position]["environment"]?.arrayValue ?? []
        let entry: JSONValue = ["name": .string(name), "value": .string(value)]
        if let first = environment.firstIndex(where: { $0["name"] == .string(name) }) {
            environment[first] = entry
            let others = environment[(first + 1)...].filter { $0["name"] != .string(name) }
            environment.replaceSubrange((first + 1)..., with: others)
        } else {
            environment.append(entry)
        }
        var definition = containers[position].objectValue ?? [:]
        definition["environment"] = .array(environment)
        containers[position] = .object(definition)
        registrable["containerDefinitions"] = .array(containers)
    }

    /// The container definitions.
    var containers: [JSONValue] { registrable["containerDefinitions"]?.arrayValue ?? [] }

    private func position(of container: String?) throws(AdjusterError) -> Int {
        let names = containers.map { $0.text("name") }
        if let container {
            if let position = names.firstIndex(of: container) { return position }
            let meant = names.nearest(to: container).map { ", did you mean \($0)?" } ?? ""
            throw AdjusterError(
                .refused,
                "\(name) has no container \(container)\(meant); it has: \(names.joined(separator: ", "))")
        }
        guard names.count == 1 else {
            throw AdjusterError(
                .refused,
                names.isEmpty
                    ? "\(name) has no container to set variables of"
                    : "\(name) has several containers (\(names.joined(separator: ", "))): "
                        + "say which one is meant, by `container` of the setting")
        }
        return 0
    }
}
