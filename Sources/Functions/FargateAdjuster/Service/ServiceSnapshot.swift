public import Basics
public import JSON

/// What a service was when it was read: all that a way back needs.
public struct ServiceSnapshot: Sendable, Hashable, Codable {
    /// The bounds of Application Auto Scaling.
    public struct ScalingBounds: Sendable, Hashable, Codable {
        /// So many tasks at least.
        public var minimum: Int
        /// So many tasks at most.
        public var maximum: Int

        /// Bounds.
        public init(minimum: Int, maximum: Int) { (self.minimum, self.maximum) = (minimum, maximum) }

        /// Those of an entry of `DescribeScalableTargets`.
        init(_ target: JSONValue) {
            self.init(minimum: target.integer("MinCapacity"), maximum: target.integer("MaxCapacity"))
        }
    }

    /// The service.
    public var service: FargateService
    /// The revision that it is to run.
    public var taskDefinition: TaskDefinition
    /// nil for a service that is not scaled, or where reading that was denied; see `warnings`.
    public var scaling: ScalingBounds?
    /// Whether auto scaling may take tasks away: that can be suspended.
    public var scalesIn = true
    /// What the deployment that goes on does or waits for; nil for none, or where only the service's own list shows it.
    public var inFlight: String?
    /// The configuration of an Express service that is in force, by `DescribeExpressGatewayService`; nil for any other
    /// service, or where reading that was denied.
    public var express: JSONObject?
    /// Such as that auto scaling could not be looked at.
    public var warnings: [String] = []
    /// When it was read.
    public var readAt: Timestamp

    /// A snapshot.
    public init(service: FargateService, taskDefinition: TaskDefinition, readAt: Timestamp) {
        (self.service, self.taskDefinition, self.readAt) = (service, taskDefinition, readAt)
    }
}
