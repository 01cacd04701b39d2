public import JSON

/// One component of `config.yaml`: a Fargate service, and what may be changed of it.
public struct ComponentConfiguration: Sendable, Hashable, Codable {
    /// The component's name, the key in the file.
    public var name: String
    /// The service's name or ARN.
    public var service: String
    /// The cluster's name or ARN: of the file, else `FARGATE_CLUSTER`, else `default`.
    public var cluster: String
    /// How long the new deployment may take to be healthy, and then once more the way back; in seconds.
    public var timeout = 1_200
    /// The rule for `cpu`, in vCPU; nil when it is not to be adjusted.
    public var cpu: SettingRule?
    /// The rule for `mem` (or `memory`), in GiB.
    public var memory: SettingRule?
    /// The rule for `replicas`.
    public var replicas: SettingRule?
    /// The variables that may be changed, in the order of the file.
    public var environment: [EnvironmentSetting] = []
    /// Whether an Express service may be adjusted, by its own operation.
    public var allowsExpress = false
    /// So many tasks of the new revision may fail to start where the service has no circuit breaker.
    public var maximumFailedTasks = 3
    /// Whether the revision that a successful adjustment replaces is deregistered.
    public var deregistersSuperseded = false

    /// A component with nothing to adjust yet.
    public init(name: String, service: String, cluster: String = "default") {
        (self.name, self.service, self.cluster) = (name, service, cluster)
    }
}

/// Which values a setting may have.
public struct SettingRule: Sendable, Hashable, Codable {
    /// The shape of the rule.
    public enum Values: Sendable, Hashable, Codable {
        /// From the minimum in steps to the maximum.
        case range(minimum: Double, maximum: Double, step: Double)
        /// One of these texts.
        case list([String])
        /// Anything, for a variable that no file names: its values may be secrets, so they are told nowhere.
        case any
    }

    /// The values.
    public var values: Values
    /// Whether the value may not be changed at all.
    public var isPinned = false
    /// Such as `vCPU`; nil for none.
    public var unit: String?
    /// The entry of the file, whose keys a description repeats in their order.
    public var entry: JSONObject = [:]

    /// A rule of these values.
    public init(_ values: Values, unit: String? = nil) { (self.values, self.unit) = (values, unit) }
}

/// A variable of a container that may be changed.
public struct EnvironmentSetting: Sendable, Hashable, Codable {
    /// The setting's name in descriptions and requests: the key in the file.
    public var name: String
    /// The variable's name; that of the setting unless the file says another one.
    public var variable: String
    /// The container; nil for the only one.
    public var container: String?
    /// Its values.
    public var rule: SettingRule
    /// What the variable is taken for where the container does not have it.
    public var fallback: JSONValue?

    /// A setting for the variable of the same name.
    public init(_ name: String, _ rule: SettingRule) { (self.name, variable, self.rule) = (name, name, rule) }
}
