import AWSResources
import Basics
public import Configuration

/// What the environment says about tags in the syntax of amazon-cloudwatch-auto-alarms, in its names.
public struct AutoAlarmSettings: Sendable, Hashable {
    /// `ALARM_TAG`: resources get alarms when they have this tag, whatever its value.
    public var triggerTag = "Create_Auto_Alarms"
    /// `ALARM_IDENTIFIER_PREFIX`: what keys of tags and names of alarms begin with.
    public var identifier = "AutoAlarm"
    /// `CREATE_DEFAULT_ALARMS`: whether resources get the default alarms beside those of their tags.
    public var makesDefaultAlarms = true
    /// `CLOUDWATCH_NAMESPACE`: the namespace of the CloudWatch agent.
    public var agentNamespace = "CWAgent"
    /// `CLOUDWATCH_APPEND_DIMENSIONS`: what the agent adds to each of its metrics.
    public var agentDimensions = ["InstanceId", "ImageId", "InstanceType"]
    /// `ALARM_CPU_HIGH_THRESHOLD`, as a text, because it becomes a part of names; so are those below.
    public var cpuHigh = "75"
    /// `ALARM_MEMORY_HIGH_THRESHOLD`.
    public var memoryHigh = "75"
    /// `ALARM_DISK_PERCENT_LOW_THRESHOLD`: how much of a disk must be free.
    public var diskFreeLow = "20"
    /// `ALARM_RDS_CPU_HIGH_THRESHOLD`.
    public var databaseCPUHigh = "75"
    /// `ALARM_LAMBDA_ERROR_THRESHOLD`.
    public var functionErrors = "1"
    /// `ALARM_LAMBDA_THROTTLE_THRESHOLD`.
    public var functionThrottles = "1"
    /// `DEFAULT_ALARM_SNS_TOPIC_ARN`, for resources without a tag `notify`.
    public var topic: String?
    /// `SNS_TOPIC_NAME`: the topic with this name in the resource's region.
    public var topicName: String?
    /// `SNS_TOPIC_ACCOUNT`: the account of that topic.
    public var topicAccount: String?

    /// The defaults.
    public init() {}

    /// Reads the variables.
    public init(_ variables: ConfigurationSection) {
        triggerTag = variables.text("ALARM_TAG", default: triggerTag)
        identifier = variables.text("ALARM_IDENTIFIER_PREFIX", default: identifier)
        makesDefaultAlarms = variables.flag("CREATE_DEFAULT_ALARMS", default: makesDefaultAlarms)
        agentNamespace = variables.text("CLOUDWATCH_NAMESPACE", default: agentNamespace)
        let dimensions = variables.list("CLOUDWATCH_APPEND_DIMENSIONS").map(\.text)
        if !dimensions.isEmpty { agentDimensions = dimensions }
        cpuHigh = Self.threshold("ALARM_CPU_HIGH_THRESHOLD", cpuHigh, variables)
        memoryHigh = Self.threshold("ALARM_MEMORY_HIGH_THRESHOLD", memoryHigh, variables)
        diskFreeLow = Self.threshold("ALARM_DISK_PERCENT_LOW_THRESHOLD", diskFreeLow, variables)
        databaseCPUHigh = Self.threshold("ALARM_RDS_CPU_HIGH_THRESHOLD", databaseCPUHigh, variables)
        functionErrors = Self.threshold("ALARM_LAMBDA_ERROR_THRESHOLD", functionErrors, variables)
        functionThrottles = Self.threshold("ALARM_LAMBDA_THROTTLE_THRESHOLD", functionThrottles, variables)
        topic = variables.value("DEFAULT_ALARM_SNS_TOPIC_ARN", expected: "the ARN of a topic, arn:aws:sns:…") {
            Self.isTopic($0) ? $0 : nil
        }
        topicName = variables.text("SNS_TOPIC_NAME")
        topicAccount = variables.text("SNS_TOPIC_ACCOUNT")
        if topicName != nil, topicAccount == nil {
            variables.fault("SNS_TOPIC_ACCOUNT", expected: "the account of SNS_TOPIC_NAME")
        }
    }

    private static func threshold(_ name: String, _ fallback: String, _ variables: ConfigurationSection) -> String {
        variables.value(name, expected: "a number") { number($0) == nil ? nil : $0 } ?? fallback
    }

    /// A number as Python's `float` reads it, which must be finite.
    static func number(_ text: String) -> Double? {
        Double(String(text.trimmingWhitespace)).flatMap { $0.isFinite ? $0 : nil }
    }

    static func isTopic(_ text: String) -> Bool { ARN(text)?.service == "sns" }

    /// The topic for resources of a scope without a tag `notify`; nil when none is configured.
    func topic(in scope: AlarmScope) -> String? {
        if let topic { return topic }
        guard let topicName, let topicAccount else { return nil }
        return "\(ARN(service: "sns", region: scope.region, account: topicAccount, resource: topicName))"
    }
}

/// The systems for which the default alarms differ, as the original tells them apart.
public enum AutoAlarmPlatform: String, Sendable, Hashable, CaseIterable {
    case windows = "Windows"
    case amazonLinux = "Amazon Linux"
    case redHat = "Red Hat"
    case ubuntu = "Ubuntu"
    case suse = "SUSE"

    /// The platform of an image or an instance.
    /// - Parameters:
    ///   - details: `PlatformDetails`, such as `Linux/UNIX`.
    ///   - image: the image's name and description; nil when the image is not known, and Amazon Linux cannot be told
    ///     from Ubuntu.
    init?(details: String, image: (name: String, description: String)?) {
        // `Platform` of an instance has a small letter.
        if details.lowercased().containsBytes("windows") || details.containsBytes("SQL Server") {
            self = .windows
        } else if details.containsBytes("Red Hat") {
            self = .redHat
        } else if details.containsBytes("SUSE") {
            self = .suse
        } else if details.containsBytes("Linux/UNIX"), let image {
            let isUbuntu = [image.name, image.description].contains { $0.lowercased().containsBytes("ubuntu") }
            self = isUbuntu ? .ubuntu : .amazonLinux
        } else {
            return nil
        }
    }
}

/// One of the alarms that resources get without a tag of their own.
struct AutoAlarmDefault: Sendable, Hashable {
    /// As a tag's key, without the identifier.
    var key: String
    /// As a tag's value.
    var value: String
}

extension AutoAlarmSettings {
    /// The kinds that have default alarms.
    static let kindsWithDefaults: [ResourceKind] = [.ec2Instance, .rdsInstance, .rdsCluster, .lambdaFunction]

    /// The default alarms of a kind of resource.
    /// - Parameter platform: of an instance; without one it gets no alarms on the agent's metrics.
    func defaults(for kind: ResourceKind, platform: AutoAlarmPlatform?) -> [AutoAlarmDefault] {
        guard makesDefaultAlarms else { return [] }
        func make(_ key: String, _ value: String) -> AutoAlarmDefault {
            AutoAlarmDefault(key: "\(key)-5m-1-Average-Created_by_CloudWatchAutoAlarms", value: value)
        }
        switch kind {
        case .ec2Instance:
            let cpu = make("AWS/EC2-CPUUtilization-GreaterThanThreshold", cpuHigh)
            return [cpu] + (platform.map { agentDefaults(on: $0).map { make($0.key, $0.value) } } ?? [])
        case .rdsInstance, .rdsCluster: return [make("AWS/RDS-CPUUtilization-GreaterThanThreshold", databaseCPUHigh)]
        case .lambdaFunction:
            return [
                make("AWS/Lambda-Errors-GreaterThanThreshold", functionErrors),
                make("AWS/Lambda-Throttles-GreaterThanThreshold", functionThrottles),
            ]
        default: return []
        }
    }

    private func agentDefaults(on platform: AutoAlarmPlatform) -> [AutoAlarmDefault] {
        let disk =
            switch platform {
            case .windows: ""
            case .amazonLinux: "device-nvme0n1p1-fstype-xfs"
            case .redHat: "device-xvda2-fstype-xfs"
            case .ubuntu: "device-xvda1-fstype-ext4"
            case .suse: "device-xvda1-fstype-xfs"
            }
        // The text of the difference is part of names, so that it must be the original's: 80, not 80.0.
        let used = Self.number(diskFreeLow).map { CompatibleAlarms.thresholdText(100 - $0) } ?? "80"
        guard platform != .windows else {
            let windowsDisk =
                "\(agentNamespace)-LogicalDisk % Free Space-objectname-LogicalDisk-instance-C:-LessThanThreshold"
            return [
                AutoAlarmDefault(
                    key: windowsDisk,
                    value: diskFreeLow),
                AutoAlarmDefault(
                    key: "\(agentNamespace)-Memory % Committed Bytes In Use-objectname-Memory-GreaterThanThreshold",
                    value: memoryHigh),
            ]
        }
        return [
            AutoAlarmDefault(
                key: "\(agentNamespace)-disk_used_percent-\(disk)-path-/-GreaterThanThreshold", value: used),
            AutoAlarmDefault(key: "\(agentNamespace)-mem_used_percent-GreaterThanThreshold", value: memoryHigh),
        ]
    }
}
