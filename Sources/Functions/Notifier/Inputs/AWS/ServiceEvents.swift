import AWSResources
import Basics
import Events
import JSON

extension Source {
    static let accessAnalyzer = Source(rawValue: "access-analyzer")
    static let batch = Source(rawValue: "batch")
    static let cloudFormation = Source(rawValue: "cloudformation")
    static let codeDeploy = Source(rawValue: "codedeploy")
    static let config = Source(rawValue: "config")
    static let devOpsGuru = Source(rawValue: "devops-guru")
    static let inspector = Source(rawValue: "inspector")
    static let stepFunctions = Source(rawValue: "stepfunctions")
    static let trustedAdvisor = Source(rawValue: "trusted-advisor")
}

/// How the events of one service are read: where their members are, in EventBridge's form and in that of a topic.
///
/// All properties named for what they hold are lists of paths; the first one with a text counts.
struct ServiceEvents: Sendable {
    /// The beginning of the `detail-type`.
    let type: String
    let source: Source
    /// The beginning of the title: the service's name, and what the name after it names.
    let title: String
    let names: [String]
    /// What it is about beside the name, in brackets at the end of the title.
    var about: [String] = []
    let states: [String]
    /// Words for states that the service writes as codes.
    var codes: [String: String] = [:]
    /// How grave it is, for services that say so.
    var levels: [String] = []
    /// The reason; all of them are shown.
    var texts: [String] = []
    /// What all events of one incident share; all of them together, by default the names.
    var incident: [String] = []
    var resources: [String] = []
    var fields: KeyValuePairs<String, String> = [:]
    /// A member with the address of a page, or the console's page and the member that it needs.
    var link: (title: String, page: String, fragment: String, path: String)?
    /// Whether it reports what somebody should look at: the state matters only when it is over.
    var isFinding = false
    /// The severity where neither state nor level tell it.
    var severity: (@Sendable (JSONObject) -> Severity?)?

    static let all: [ServiceEvents] = [
        // https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
        // Input and output are left out: they are the customer's data.
        ServiceEvents(
            type: "Step Functions Execution", source: .stepFunctions, title: "Step Functions: execution",
            names: ["name", "stateMachineArn", "executionArn"], states: ["status"], texts: ["error", "cause"],
            incident: ["stateMachineArn"],
            fields: ["State machine": "stateMachineArn", "Execution": "executionArn"],
            link: ("Execution", "states/home", "/v2/executions/details/", "executionArn")
        ),
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/eventbridge-events.html
        ServiceEvents(
            type: "CloudFormation Stack", source: .cloudFormation, title: "CloudFormation: stack",
            names: ["StackName", "stack-id"], states: ["ResourceStatus", "status-details.status"],
            texts: ["ResourceStatusReason", "status-details.status-reason"], incident: ["stack-id"],
            resources: ["stack-id"],
            link: ("Stack", "cloudformation/home", "/stacks/events?stackId=", "stack-id")
        ),
        ServiceEvents(
            type: "CloudFormation Drift", source: .cloudFormation, title: "CloudFormation: drift of stack",
            names: ["stack-id"], states: ["status-details.stack-drift-status", "status-details.detection-status"],
            resources: ["stack-id"],
            fields: ["Drifted resources": "drift-detection-details.drifted-stack-resource-count"],
            link: ("Stack", "cloudformation/home", "/stacks/drifts?stackId=", "stack-id")
        ),
        ServiceEvents(
            type: "CloudFormation Resource", source: .cloudFormation, title: "CloudFormation: resource",
            names: ["LogicalResourceId", "logical-resource-id"], about: ["StackName", "stack-id"],
            states: ["ResourceStatus", "status-details.status"],
            texts: ["ResourceStatusReason", "status-details.status-reason"],
            incident: ["stack-id", "logical-resource-id", "LogicalResourceId"],
            resources: ["physical-resource-id", "PhysicalResourceId"],
            fields: ["Type": "resource-type", "Resource type": "ResourceType", "Stack": "stack-id"],
            link: ("Stack", "cloudformation/home", "/stacks/events?stackId=", "stack-id")
        ),
        // https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html and
        // https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-sns-event-notifications-json-format.html
        ServiceEvents(
            type: "CodeDeploy Deployment", source: .codeDeploy, title: "CodeDeploy: deployment of",
            names: ["application", "applicationName", "deploymentId"],
            about: ["deploymentGroup", "deploymentGroupName"], states: ["state", "status"],
            texts: ["errorInformation.ErrorMessage"],
            incident: ["application", "applicationName", "deploymentGroup", "deploymentGroupName"],
            resources: ["deploymentId"], fields: ["Deployment": "deploymentId", "Trigger": "eventTriggerName"],
            link: ("Deployment", "codesuite/codedeploy/deployments", "/", "deploymentId")
        ),
        ServiceEvents(
            type: "CodeDeploy Instance", source: .codeDeploy, title: "CodeDeploy: instance",
            names: ["instanceId"], about: ["application"], states: ["state"], incident: ["application", "instanceId"],
            fields: ["Deployment": "deploymentId", "Group": "deploymentGroup"]
        ),
        // https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html
        // The container's environment is left out: it can hold secrets.
        ServiceEvents(
            type: "Batch Job State", source: .batch, title: "Batch: job", names: ["jobName", "jobId"],
            states: ["status"], texts: ["statusReason", "container.reason"], incident: ["jobQueue", "jobName"],
            resources: ["jobArn"],
            fields: [
                "Queue": "jobQueue", "Job": "jobId", "Exit code": "container.exitCode",
                "Log stream": "container.logStreamName", "Definition": "jobDefinition",
            ],
            link: ("Job", "batch/home", "jobs/detail/", "jobId")
        ),
        ServiceEvents(
            type: "Batch Job Queue Blocked", source: .batch, title: "Batch: queue blocked by job",
            names: ["jobName", "jobId"], states: [], texts: ["statusReason"], incident: ["jobQueue"],
            fields: ["Queue": "jobQueue"], severity: { _ in .warning }
        ),
        // https://docs.aws.amazon.com/devops-guru/latest/userguide/working-with-eventbridge.html
        ServiceEvents(
            type: "DevOps Guru", source: .devOpsGuru, title: "DevOps Guru: insight",
            names: ["insightName", "insightDescription", "insightId"], states: ["messageType"],
            codes: [
                "NEW_INSIGHT": "opened", "CLOSED_INSIGHT": "closed", "SEVERITY_UPGRADED": "severity upgraded",
                "NEW_ASSOCIATION": "new anomaly", "NEW_RECOMMENDATION": "new recommendation",
            ],
            levels: ["insightSeverity"], texts: ["insightDescription"], incident: ["insightId"],
            fields: [
                "Severity": "insightSeverity", "Type": "insightType",
                "Metrics": "anomalies.sourceDetails.dataIdentifiers.name",
                "Recommendation": "recommendations.name",
            ],
            link: ("Insight", "", "", "insightUrl")
        ),
        // https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html
        ServiceEvents(
            type: "Inspector2 Finding", source: .inspector, title: "Inspector:", names: ["title", "type"],
            states: ["status"], levels: ["severity"], texts: ["description"], incident: ["findingArn"],
            resources: ["resources.id"],
            fields: [
                "Severity": "severity", "Resource": "resources.id", "Score": "inspectorScore", "Type": "type",
                "Fix available": "fixAvailable", "Exploit available": "exploitAvailable",
                "Remediation": "remediation.recommendation.text",
            ],
            link: ("Vulnerability", "", "", "packageVulnerabilityDetails.sourceUrl"), isFinding: true
        ),
        // https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
        ServiceEvents(
            type: "Config Rules Compliance", source: .config, title: "Config: rule", names: ["configRuleName"],
            about: ["resourceId"], states: ["newEvaluationResult.complianceType"],
            texts: ["newEvaluationResult.annotation"], incident: ["configRuleName", "resourceType", "resourceId"],
            resources: ["resourceId"],
            fields: [
                "Resource type": "resourceType", "Resource": "resourceId",
                "Before": "oldEvaluationResult.complianceType",
            ],
            link: ("Rule", "config/home", "/rules/details?configRuleName=", "configRuleName")
        ),
        // https://docs.aws.amazon.com/awssupport/latest/user/cloudwatch-events-ta.html
        ServiceEvents(
            type: "Trusted Advisor Check Item", source: .trustedAdvisor, title: "Trusted Advisor:",
            names: ["check-name"], about: ["resource_id", "check-item-detail.Region"], states: ["status"],
            incident: ["check-name", "resource_id", "uuid"], resources: ["resource_id"],
            fields: ["Details": "check-item-detail"]
        ),
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html
        ServiceEvents(
            type: "Access Analyzer Finding", source: .accessAnalyzer, title: "Access Analyzer:",
            names: ["resource", "resourceArn", "id"], about: ["resourceType"], states: ["status"],
            incident: ["id"], resources: ["resource", "resourceArn"],
            fields: [
                "Resource": "resource", "Public": "isPublic", "Principal": "principal.AWS",
                "Federated": "principal.Federated", "Actions": "action", "Error": "error",
            ],
            isFinding: true,
            severity: {
                $0["isPublic"]?.boolValue == true || $0["principal"]?["AWS"]?.text == "*" ? .critical : .warning
            }
        ),
        ServiceEvents(
            type: "Unused Access Finding", source: .accessAnalyzer, title: "Access Analyzer:",
            names: ["resource", "id"], about: ["findingType"], states: ["status"], incident: ["id"],
            resources: ["resource"], fields: ["Resource": "resource", "Type": "resourceType"], isFinding: true
        ),
    ]
}

extension ServiceEvents {
    /// A notification of one event; nil when it has neither a name nor a state.
    /// - Parameters:
    ///   - base: what the envelope says.
    ///   - detail: EventBridge's `detail`, or the message of a topic.
    func notification(_ base: Notification, _ detail: JSONObject) -> Notification? {
        let detail = Detail(detail)
        let name = detail.name(names)
        let code = detail.first(states)
        guard name != nil || code != nil else { return nil }
        let word = code.map { codes[$0] ?? $0 }
        let reading = StateReading(state: word, level: detail.first(levels).flatMap(Severity.init(word:)))
        var notification = base
        notification.account = detail.first(["awsAccountId", "accountId", "AccountId"]) ?? base.account
        notification.region =
            detail.first(["awsRegion", "region"]) ?? ARN(detail.first(["stack-id"]))?.region ?? base.region
        notification.source = source
        notification.severity =
            reading.severity == .ok
            ? .ok : severity?(detail.object) ?? reading.severity ?? (isFinding ? .warning : .info)
        notification.state = code.map { StateChange(to: $0) }
        notification.title =
            title(name, word, about: detail.name(about), isOver: reading.severity == .ok)
            + AWSRegion.place(notification.region)
        notification.text = texts.compactMap { detail.first([$0]) }.filter { $0 != name }.joined(separator: "\n")
        notification.resource = detail.first(resources) ?? base.resource ?? name
        let shared = (incident.isEmpty ? names.prefix(1) : incident[...]).compactMap { detail.first([$0]) }
        if !shared.isEmpty {
            let owner = "\(source)|\(notification.account ?? "")|\(notification.region ?? "")"
            notification.incidentKey = owner + "|" + shared.joined(separator: "|")
        }
        for (label, path) in fields { notification.fields.add(label, detail.shown(path)) }
        if let link, let value = detail.first([link.path]) {
            let address =
                link.page.isEmpty
                ? value
                : AWSConsole(region: notification.region)?.page(link.page, link.fragment + percentEncoded(value))
            notification.links.add(link.title, address)
        }
        return notification
    }

    /// `Step Functions: execution nightly-import FAILED`, `Config: rule s3-public NON_COMPLIANT (my-bucket)`.
    private func title(_ name: String?, _ state: String?, about: String?, isOver: Bool) -> String {
        var text = title
        if let name { text += " " + name.cut(120) }
        if let state {
            if !isFinding { text += " " + state } else if isOver { text += ", " + words(state.lowercased()) }
        }
        if let about, about != name { text += " (\(about.cut(60)))" }
        return text
    }

    /// The members of an event, found by their paths.
    private struct Detail {
        let object: JSONObject
        private let value: JSONValue

        init(_ object: JSONObject) {
            var object = object
            // CodeDeploy's topics have JSON in a string.
            if let text = object["errorInformation"]?.stringValue {
                object["errorInformation"] = IncomingMessage.parse(text)
            }
            (self.object, value) = (object, .object(object))
        }

        func first(_ paths: [String]) -> String? {
            for path in paths { if let text = value.texts(atPath: path).first { return text } }
            return nil
        }

        /// The first name that says something to people: no UUID while there is another one, no whole ARN.
        func name(_ paths: [String]) -> String? {
            let names = paths.compactMap { first([$0]) }
            return ARN.shortName(names.first { !$0.isUUID } ?? names.first)
        }

        /// The text of a field: scalars, or an object as lines.
        func shown(_ path: String) -> String? {
            let texts = value.texts(atPath: path)
            if texts.isEmpty { return object[path].flatMap { $0.isEmpty ? nil : JSONFields.readable($0) } }
            return texts.prefix(10).joined(separator: ", ").cut(JSONFields.maximumLength)
        }
    }
}

// MARK: Topics

extension InputFormat {
    /// What the same services send to a topic without EventBridge.
    static let serviceNotification = InputFormat("AWS service notification") { message in
        guard let (events, detail) = ServiceEvents.ofTopic(message) else { return nil }
        var base = message.notification("", source: events.source)
        base.time = (detail["Timestamp"] ?? detail["notificationCreationTime"])?.timestamp ?? message.time
        return events.notification(base, detail).map { [$0] }
    }
}

extension ServiceEvents {
    /// The members by which a topic's messages are known, and the type of the EventBridge event that says the same.
    private static let topics: [(members: [String], type: String)] = [
        (["StackId", "LogicalResourceId", "ResourceStatus"], "CloudFormation"),
        (["deploymentId", "eventTriggerName"], "CodeDeploy Deployment"),
        (["configRuleName", "newEvaluationResult"], "Config Rules Compliance"),
        (["insightId", "messageType"], "DevOps Guru"),
    ]

    fileprivate static func ofTopic(_ message: IncomingMessage) -> (ServiceEvents, JSONObject)? {
        var detail: JSONObject
        if let text = message.value.stringValue {
            guard text.containsBytes("StackId='"), let pairs = QuotedPairs.read(text) else { return nil }
            detail = pairs
        } else if let object = message.value.objectValue, object["InsightId"] != nil {
            // DevOps Guru writes the same members with capitals.
            detail = JSONObject(object.map { ($0.key.prefix(1).lowercased() + $0.key.dropFirst(), $0.value) })
        } else {
            detail = message.value.objectValue ?? [:]
        }
        guard var type = topics.first(where: { $0.members.allSatisfy { detail[$0] != nil } })?.type else { return nil }
        if type == "CloudFormation" {
            let isStack =
                detail.text("PhysicalResourceId") == detail.text("StackId")
                || detail.text("LogicalResourceId") == detail.text("StackName")
            type += isStack ? " Stack" : " Resource"
            detail["stack-id"] = detail.removeValue(forKey: "StackId")
        }
        return all.first { $0.type == type }.map { ($0, detail) }
    }
}

extension EventBridgeEvent {
    /// The notification of an event that the table knows; nil for any other.
    var ofService: Notification? {
        ServiceEvents.all.first { type.hasPrefix($0.type) }?.notification(notification("", .eventBridge, .info), detail)
    }
}
