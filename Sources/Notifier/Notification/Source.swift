/// Which kind of message a notification was made from: what rules match on.
public struct Source: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The name, such as `cloudwatch-alarm`.
    public let rawValue: String

    /// Names a source.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The name.
    public var description: String { rawValue }
}

extension Source {
    // AWS
    static let cloudWatchAlarm = Source(rawValue: "cloudwatch-alarm")
    static let ec2 = Source(rawValue: "ec2")
    static let ecs = Source(rawValue: "ecs")
    static let autoScaling = Source(rawValue: "autoscaling")
    static let health = Source(rawValue: "health")
    static let guardDuty = Source(rawValue: "guardduty")
    static let securityHub = Source(rawValue: "securityhub")
    static let backup = Source(rawValue: "backup")
    static let budgets = Source(rawValue: "budgets")
    static let codePipeline = Source(rawValue: "codepipeline")
    static let codeBuild = Source(rawValue: "codebuild")
    static let synthetics = Source(rawValue: "synthetics")
    static let eventBridge = Source(rawValue: "eventbridge")
    static let sns = Source(rawValue: "sns")
    // Alibaba Cloud
    static let cloudMonitorEvent = Source(rawValue: "cloudmonitor-event")
    static let cloudMonitorAlarm = Source(rawValue: "cloudmonitor-alarm")
    static let timer = Source(rawValue: "timer")
    static let cloudEvents = Source(rawValue: "cloudevents")
    // Tocsin and people's own messages
    static let slaResult = Source(rawValue: "sla-result")
    static let uptime = Source(rawValue: "uptime")
    static let experiment = Source(rawValue: "experiment")
    static let slack = Source(rawValue: "slack")
    static let amazonQ = Source(rawValue: "amazon-q")
    static let text = Source(rawValue: "text")
    static let json = Source(rawValue: "json")
}
