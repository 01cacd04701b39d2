public import Basics
public import JSON

/// A service of ECS, as far as an adjustment looks at it.
///
/// Made of `DescribeServices`.
public struct FargateService: Sendable, Hashable, Codable {
    /// A deployment in the service's list: the older view, which also EC2-era permissions allow.
    public struct Deployment: Sendable, Hashable, Codable {
        /// `ecs-svc/…`.
        public var id = ""
        /// `PRIMARY`, `ACTIVE`, `INACTIVE`.
        public var status = ""
        /// The ARN of its revision.
        public var taskDefinition = ""
        /// So many tasks it is to have.
        public var desiredCount = 0
        /// So many tasks are being started.
        public var pendingCount = 0
        /// So many tasks run.
        public var runningCount = 0
        /// So many tasks in a row did not start or stay up.
        public var failedTasks = 0
        /// `IN_PROGRESS`, `COMPLETED`, `FAILED`; nil where ECS does not tell.
        public var rolloutState: String?
        /// ECS's words for the state.
        public var rolloutStateReason: String?
        /// When it was begun.
        public var createdAt: Timestamp?

        /// An empty one.
        public init() {}
    }

    /// A message of the service, such as that no task could be placed.
    public struct Event: Sendable, Hashable, Codable {
        /// The event's id.
        public var id = ""
        /// When it happened.
        public var createdAt: Timestamp?
        /// ECS's words.
        public var message = ""

        /// An empty one.
        public init() {}
    }

    /// The service's ARN.
    public var arn = ""
    /// The service's name.
    public var name = ""
    /// The cluster's ARN.
    public var cluster = ""
    /// `ACTIVE`, `DRAINING`, `INACTIVE`.
    public var status = ""
    /// The ARN of the revision that the service is to run; empty where task sets of an external controller have it.
    public var taskDefinition = ""
    /// So many tasks it is to have.
    public var desiredCount = 0
    /// So many tasks run, of all deployments.
    public var runningCount = 0
    /// So many tasks are being started.
    public var pendingCount = 0
    /// `FARGATE`, `EC2`, `EXTERNAL`; nil for a service with capacity providers.
    public var launchType: String?
    /// Their names, such as `FARGATE_SPOT`.
    public var capacityProviders: [String] = []
    /// `ECS`, `CODE_DEPLOY`, `EXTERNAL`.
    public var controller = "ECS"
    /// `REPLICA`, `DAEMON`.
    public var scheduling = "REPLICA"
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`.
    public var strategy = "ROLLING"
    /// The architecture is known only where the revision was read, too: in a ``ServiceSnapshot``.
    public var platform = FargateSizes.Platform()
    /// Whether it belongs to an Express gateway.
    public var isExpress = false
    /// The ARNs of the target groups, the second ones of blue/green deployments too.
    public var targetGroups: [String] = []
    /// Those of them that only blue/green, linear and canary deployments use.
    public var alternateTargetGroups: [String] = []
    /// The names of classic load balancers.
    public var classicLoadBalancers: [String] = []
    /// Whether the service's circuit breaker is on.
    public var hasCircuitBreaker = false
    /// Whether a failed deployment goes back by itself: the circuit breaker's or the alarms' `rollback`.
    public var rollsBack = false
    /// The alarms that end a deployment.
    public var alarms: [String] = []
    /// The ARN of the service deployment that goes on; nil for none.
    ///
    /// ECS's own answer may still name one that has ended: a ``ServiceSnapshot`` has only one that goes on.
    public var currentDeployment: String?
    /// All that ECS lists: the newest one, and those that it replaces as long as they have tasks.
    public var deployments: [Deployment] = []
    /// The newest first, at most 20.
    public var events: [Event] = []

    /// An empty one.
    public init() {}

    /// A service of `DescribeServices`.
    public init(_ json: JSONValue) {
        arn = json.text("serviceArn")
        name = json.text("serviceName")
        cluster = json.text("clusterArn")
        status = json.text("status")
        taskDefinition = json.text("taskDefinition")
        if taskDefinition.isEmpty {
            let sets = json["taskSets"]?.arrayValue ?? []
            taskDefinition = sets.first { $0["status"] == "PRIMARY" }?.text("taskDefinition") ?? ""
        }
        desiredCount = json.integer("desiredCount")
        runningCount = json.integer("runningCount")
        pendingCount = json.integer("pendingCount")
        launchType = json["launchType"]?.stringValue
        capacityProviders = (json["capacityProviderStrategy"]?.arrayValue ?? []).map { $0.text("capacityProvider") }
        controller = json["deploymentController"]?["type"]?.stringValue ?? controller
        scheduling = json["schedulingStrategy"]?.stringValue ?? scheduling
        if let family = json["platformFamily"]?.stringValue { platform.family = family.uppercased() }
        platform.version = json["platformVersion"]?.stringValue
        isExpress = json["resourceManagementType"] == "ECS"
        currentDeployment = json["currentServiceDeployment"]?.stringValue
        readLoadBalancers(json["loadBalancers"]?.arrayValue ?? [])
        readConfiguration(json["deploymentConfiguration"] ?? [:])
        deployments = (json["deployments"]?.arrayValue ?? []).map(Deployment.init)
        events = (json["events"]?.arrayValue ?? []).prefix(20).map(Event.init)
    }

    private mutating func readLoadBalancers(_ balancers: [JSONValue]) {
        for balancer in balancers {
            let alternate = balancer["advancedConfiguration"]?.words("alternateTargetGroupArn")
            // Several ports of a container may be in one group.
            for case let group? in [balancer.words("targetGroupArn"), alternate] where !targetGroups.contains(group) {
                targetGroups.append(group)
            }
            if let alternate { alternateTargetGroups.append(alternate) }
            if balancer["targetGroupArn"] == nil, let name = balancer["loadBalancerName"]?.stringValue {
                classicLoadBalancers.append(name)
            }
        }
    }

    /// Those that must be healthy: a rolling deployment leaves the alternate ones empty.
    var servingTargetGroups: [String] {
        strategy == "ROLLING" ? targetGroups.filter { !alternateTargetGroups.contains($0) } : targetGroups
    }

    private mutating func readConfiguration(_ configuration: JSONValue) {
        strategy = configuration["strategy"]?.stringValue ?? strategy
        let (breaker, alarms) = (configuration["deploymentCircuitBreaker"], configuration["alarms"])
        hasCircuitBreaker = breaker?["enable"] == true
        let hasAlarms = alarms?["enable"] == true
        if hasAlarms { self.alarms = (alarms?["alarmNames"]?.arrayValue ?? []).compactMap(\.stringValue) }
        rollsBack =
            hasCircuitBreaker && breaker?["rollback"] == true || hasAlarms && alarms?["rollback"] == true
    }

    /// The cluster's name.
    var clusterName: String { cluster.arnResourceName }
}

extension FargateService.Deployment {
    fileprivate init(_ json: JSONValue) {
        id = json.text("id")
        status = json.text("status")
        taskDefinition = json.text("taskDefinition")
        desiredCount = json.integer("desiredCount")
        pendingCount = json.integer("pendingCount")
        runningCount = json.integer("runningCount")
        failedTasks = json.integer("failedTasks")
        rolloutState = json["rolloutState"]?.stringValue
        rolloutStateReason = json["rolloutStateReason"]?.stringValue
        createdAt = json.timestamp("createdAt")
    }
}

extension FargateService.Event {
    fileprivate init(_ json: JSONValue) {
        id = json.text("id")
        createdAt = json.timestamp("createdAt")
        message = json.text("message")
    }
}

/// Members of AWS's answers.
extension JSONValue {
    /// A text; empty when there is none.
    func text(_ key: String) -> String { self[key]?.stringValue ?? "" }

    /// A whole number; 0 when there is none.
    func integer(_ key: String) -> Int { self[key]?.intValue.flatMap(Int.init(exactly:)) ?? 0 }

    /// A moment; nil when there is none.
    func timestamp(_ key: String) -> Timestamp? { self[key]?.stringValue.flatMap { Timestamp(iso8601: $0) } }
}

extension String {
    /// What stands behind the last slash: the name of an ARN's resource, `web:12` of a revision; else the whole text.
    var arnResourceName: String { split(separator: "/").last.map { String($0) } ?? self }
}
