import Basics
import Events
import JSON
import Testing

@testable import Notifier

/// Events of AWS services, from the examples of their documentation, with what the notifier says about each.
@Suite struct ServiceEventTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name, event, source: String
        let severity: Severity
        let title: String
        let incident: String?
        var testDescription: String { name }
    }

    private static func row(
        _ name: String, _ event: String, _ source: String, _ severity: Severity, _ title: String, _ incident: String?
    ) -> Row {
        Row(name: name, event: event, source: source, severity: severity, title: title, incident: incident)
    }

    /// EventBridge's envelope in Frankfurt.
    private static func event(_ type: String, _ source: String, _ detail: String, _ resources: String = "") -> String {
        StateReadingTests.event(type, source, detail, resources)
    }

    private static let place = " in Europe (Frankfurt)"
    private static let owner = "111122223333|eu-central-1"
    private static let machine = "arn:aws:states:eu-central-1:111122223333:stateMachine:nightly-import"
    private static let uuid = "5f1e7a80-0000-11ee-b8a1-0a1b2c3d4e5f"
    private static let stack = "arn:aws:cloudformation:eu-central-1:111122223333:stack/shop/\(uuid)"

    private static func execution(_ status: String, name: String) -> String {
        event(
            "Step Functions Execution Status Change", "aws.states",
            """
            {"executionArn":"arn:aws:states:eu-central-1:111122223333:execution:nightly-import:\(name)",
            "stateMachineArn":"\(machine)","name":"\(name)","status":"\(status)","startDate":1551225271984,
            "stopDate":null,"input":"{\\"password\\":\\"hunter2\\"}","output":null,"error":"States.TaskFailed",
            "cause":"no disk"}
            """)
    }

    private static func stackChange(_ status: String) -> String {
        event(
            "CloudFormation Stack Status Change", "aws.cloudformation",
            """
            {"stack-id":"\(stack)","status-details":{"status":"\(status)","status-reason":"a reason"},
            "client-request-token":""}
            """, #""\#(stack)""#)
    }

    private static func stackMessage(_ resource: String, _ type: String, _ status: String) -> String {
        """
        StackId='\(stack)'
        Timestamp='2026-11-20T10:00:00.123Z'
        EventId='Bucket-CREATE_FAILED-2026'
        LogicalResourceId='\(resource)'
        Namespace='111122223333'
        PhysicalResourceId=''
        ResourceProperties='{"BucketName":"it's a name"}
        '
        ResourceStatus='\(status)'
        ResourceStatusReason='shop-bucket already exists'
        ResourceType='\(type)'
        StackName='shop'
        ClientRequestToken='null'

        """
    }

    private static func batch(_ status: String) -> String {
        event(
            "Batch Job State Change", "aws.batch",
            """
            {"jobArn":"arn:aws:batch:eu-central-1:111122223333:job/4c7599ae","jobName":"event-test",
            "jobId":"4c7599ae-0a82-49aa-ba5a-4727fcce14a8",
            "jobQueue":"arn:aws:batch:eu-central-1:111122223333:job-queue/high",
            "status":"\(status)","statusReason":"Essential container in task exited","attempts":[],
            "container":{"exitCode":137,"environment":[{"name":"PASSWORD","value":"hunter2"}]}}
            """)
    }

    private static func config(_ compliance: String) -> String {
        """
        {"resourceId":"shop-bucket","awsRegion":"eu-central-1","awsAccountId":"111122223333",
        "configRuleName":"s3-public-read","recordVersion":"1.0","messageType":"ComplianceChangeNotification",
        "configRuleARN":"arn:aws:config:eu-central-1:111122223333:config-rule/config-rule-eguym2",
        "newEvaluationResult":{"complianceType":"\(compliance)","annotation":"open to all"},
        "oldEvaluationResult":{"complianceType":"COMPLIANT"},"resourceType":"AWS::S3::Bucket"}
        """
    }

    private static func insight(_ message: String, _ severity: String) -> String {
        """
        {"insightSeverity":"\(severity)","insightDescription":"ApiGateway 5XXError Anomalous In Stack TestStack",
        "insightType":"REACTIVE","accountId":"111122223333","messageType":"\(message)","insightId":"AIYH6Jx",
        "insightUrl":"https://eu-central-1.console.aws.amazon.com/devops-guru/#/insight/reactive/AIYH6Jx",
        "anomalies":[{"sourceDetails":[{"dataIdentifiers":{"name":"5XXError","namespace":"AWS/ApiGateway"}}]}],
        "startTime":"1635786120000","region":"eu-central-1"}
        """
    }

    private static func vulnerability(_ status: String, _ severity: String) -> String {
        event(
            "Inspector2 Finding", "aws.inspector2",
            """
            {"awsAccountId":"111122223333","description":"In snapd before 2.62 …","severity":"\(severity)",
            "status":"\(status)",
            "findingArn":"arn:aws:inspector2:eu-central-1:111122223333:finding/be674aad","inspectorScore":7.3,
            "fixAvailable":"YES","title":"CVE-2024-29069 - snapd","type":"PACKAGE_VULNERABILITY",
            "resources":[{"id":"i-12345678901234567","type":"AWS_EC2_INSTANCE"}],
            "packageVulnerabilityDetails":{"sourceUrl":"https://nvd.nist.gov/vuln/detail/CVE-2024-29069"}}
            """, #""i-12345678901234567""#)
    }

    private static func access(_ status: String, _ rest: String) -> String {
        event(
            "Access Analyzer Finding", "aws.access-analyzer",
            """
            {"accountId":"111122223333","action":["s3:GetObject"],"condition":{},"id":"f-1","isDeleted":false,\(rest),
            "region":"eu-central-1","resource":"arn:aws:s3:::my-bucket","resourceType":"AWS::S3::Bucket",
            "status":"\(status)"}
            """, #""arn:aws:access-analyzer:eu-central-1:111122223333:analyzer/a""#)
    }

    private static func database(_ id: String, _ category: String, _ message: String) -> String {
        event(
            "RDS DB Instance Event", "aws.rds",
            """
            {"EventCategories":["\(category)"],"SourceType":"DB_INSTANCE","Date":"2026-11-20T10:00:00.123Z",
            "SourceArn":"arn:aws:rds:eu-central-1:111122223333:db:orders","Message":"\(message)",
            "SourceIdentifier":"orders","EventID":"RDS-EVENT-\(id)"}
            """)
    }

    private static func mail(_ kind: String, _ rest: String) -> String {
        """
        {"eventType":"\(kind)",\(rest),"mail":{"timestamp":"2026-11-20T10:00:00Z","source":"shop@example.com",
        "messageId":"EXAMPLE7c","destination":["ann@example.com"],"commonHeaders":{"subject":"Your order"}}}
        """
    }

    private static let bounce = """
        "bounce":{"bounceType":"Permanent","bounceSubType":"General","timestamp":"2026-11-20T10:00:00Z",
        "bouncedRecipients":[{"emailAddress":"ann@example.com","diagnosticCode":"smtp; 550 user unknown"}]}
        """

    static let rows: [Row] = [
        row(
            "step-functions-failed", execution("FAILED", name: "nightly-import"), "stepfunctions", .critical,
            "Step Functions: execution nightly-import FAILED" + place, "stepfunctions|\(owner)|\(machine)"),
        row(
            "step-functions-uuid", execution("TIMED_OUT", name: uuid),
            "stepfunctions",
            .critical, "Step Functions: execution nightly-import TIMED_OUT" + place, "stepfunctions|\(owner)|\(machine)"
        ),
        row(
            "step-functions-succeeded", execution("SUCCEEDED", name: "n"), "stepfunctions", .ok,
            "Step Functions: execution n SUCCEEDED" + place, "stepfunctions|\(owner)|\(machine)"),
        row(
            "step-functions-running", execution("RUNNING", name: "n"), "stepfunctions", .info,
            "Step Functions: execution n RUNNING" + place, "stepfunctions|\(owner)|\(machine)"),
        row(
            "cloudformation-rollback", stackChange("UPDATE_ROLLBACK_COMPLETE"), "cloudformation", .critical,
            "CloudFormation: stack shop UPDATE_ROLLBACK_COMPLETE" + place, "cloudformation|\(owner)|\(stack)"),
        row(
            "cloudformation-complete", stackChange("UPDATE_COMPLETE"), "cloudformation", .ok,
            "CloudFormation: stack shop UPDATE_COMPLETE" + place, "cloudformation|\(owner)|\(stack)"),
        row(
            "cloudformation-progress", stackChange("UPDATE_IN_PROGRESS"), "cloudformation", .info,
            "CloudFormation: stack shop UPDATE_IN_PROGRESS" + place, "cloudformation|\(owner)|\(stack)"),
        row(
            "cloudformation-resource",
            event(
                "CloudFormation Resource Status Change", "aws.cloudformation",
                """
                {"stack-id":"\(stack)","logical-resource-id":"Bucket","physical-resource-id":"",
                "resource-type":"AWS::S3::Bucket",
                "status-details":{"status":"CREATE_FAILED","status-reason":"exists"}}
                """), "cloudformation", .critical, "CloudFormation: resource Bucket CREATE_FAILED (shop)" + place,
            "cloudformation|\(owner)|\(stack)|Bucket"),
        row(
            "cloudformation-drift",
            event(
                "CloudFormation Drift Detection Status Change", "aws.cloudformation",
                """
                {"stack-id":"\(stack)","status-details":{"stack-drift-status":"DRIFTED",
                "detection-status":"DETECTION_COMPLETE"},
                "drift-detection-details":{"drifted-stack-resource-count":1}}
                """), "cloudformation", .warning, "CloudFormation: drift of stack shop DRIFTED" + place,
            "cloudformation|\(owner)|\(stack)"),
        row(
            "cloudformation-topic-resource", stackMessage("Bucket", "AWS::S3::Bucket", "CREATE_FAILED"),
            "cloudformation",
            .critical, "CloudFormation: resource Bucket CREATE_FAILED (shop)" + place,
            "cloudformation||eu-central-1|\(stack)|Bucket"),
        row(
            "cloudformation-topic-stack", stackMessage("shop", "AWS::CloudFormation::Stack", "ROLLBACK_IN_PROGRESS"),
            "cloudformation", .critical, "CloudFormation: stack shop ROLLBACK_IN_PROGRESS" + place,
            "cloudformation||eu-central-1|\(stack)"),
        row(
            "codedeploy",
            event(
                "CodeDeploy Deployment State-change Notification", "aws.codedeploy",
                """
                {"region":"eu-central-1","deploymentId":"d-123456789","instanceGroupId":"9fd2fbef",
                "deploymentGroup":"blue",
                "state":"FAILURE","application":"shop"}
                """), "codedeploy", .critical, "CodeDeploy: deployment of shop FAILURE (blue)" + place,
            "codedeploy|\(owner)|shop|blue"),
        row(
            "codedeploy-instance",
            event(
                "CodeDeploy Instance State-change Notification", "aws.codedeploy",
                """
                {"instanceId":"i-0000000aaaaaaaaaa","region":"eu-central-1","state":"SUCCESS","application":"shop",
                "deploymentId":"d-123456789","deploymentGroup":"blue"}
                """), "codedeploy", .ok, "CodeDeploy: instance i-0000000aaaaaaaaaa SUCCESS (shop)" + place,
            "codedeploy|\(owner)|shop|i-0000000aaaaaaaaaa"),
        row(
            "codedeploy-topic",
            #"""
            {"region":"eu-central-1","accountId":"111122223333","eventTriggerName":"failures",
            "applicationName":"shop",
            "deploymentId":"d-75I7MBT7C","deploymentGroupName":"blue","createTime":"Tue Nov 17 10:00:00 UTC 2026",
            "errorInformation":"{\"ErrorCode\":\"NO_INSTANCES\",\"ErrorMessage\":\"No instances were found\"}",
            "status":"FAILED"}
            """#, "codedeploy", .critical, "CodeDeploy: deployment of shop FAILED (blue)" + place,
            "codedeploy|\(owner)|shop|blue"),
        row(
            "batch-failed", batch("FAILED"), "batch", .critical, "Batch: job event-test FAILED" + place,
            "batch|\(owner)|arn:aws:batch:eu-central-1:111122223333:job-queue/high|event-test"),
        row(
            "batch-runnable", batch("RUNNABLE"), "batch", .info, "Batch: job event-test RUNNABLE" + place,
            "batch|\(owner)|arn:aws:batch:eu-central-1:111122223333:job-queue/high|event-test"),
        row(
            "devops-guru", event("DevOps Guru New Insight Open", "aws.devops-guru", insight("NEW_INSIGHT", "high")),
            "devops-guru", .critical,
            "DevOps Guru: insight ApiGateway 5XXError Anomalous In Stack TestStack opened" + place,
            "devops-guru|\(owner)|AIYH6Jx"),
        row(
            "devops-guru-medium",
            event("DevOps Guru New Insight Open", "aws.devops-guru", insight("NEW_INSIGHT", "medium")),
            "devops-guru", .warning,
            "DevOps Guru: insight ApiGateway 5XXError Anomalous In Stack TestStack opened" + place,
            "devops-guru|\(owner)|AIYH6Jx"),
        row(
            "devops-guru-closed",
            event("DevOps Guru Insight Closed", "aws.devops-guru", insight("CLOSED_INSIGHT", "high")),
            "devops-guru", .ok, "DevOps Guru: insight ApiGateway 5XXError Anomalous In Stack TestStack closed" + place,
            "devops-guru|\(owner)|AIYH6Jx"),
        row(
            "devops-guru-topic",
            """
            {"AccountId":"111122223333","Region":"eu-central-1","MessageType":"SEVERITY_UPGRADED",
            "InsightId":"AIYH6Jx",
            "InsightName":"DynamoDB throttled","InsightSeverity":"high","InsightType":"REACTIVE",
            "InsightUrl":"https://eu-central-1.console.aws.amazon.com/devops-guru/#/insight/reactive/AIYH6Jx"}
            """, "devops-guru", .critical, "DevOps Guru: insight DynamoDB throttled severity upgraded" + place,
            "devops-guru|\(owner)|AIYH6Jx"),
        row(
            "inspector", vulnerability("ACTIVE", "HIGH"), "inspector", .critical,
            "Inspector: CVE-2024-29069 - snapd" + place,
            "inspector|\(owner)|arn:aws:inspector2:eu-central-1:111122223333:finding/be674aad"),
        row(
            "inspector-medium", vulnerability("ACTIVE", "MEDIUM"), "inspector", .warning,
            "Inspector: CVE-2024-29069 - snapd" + place,
            "inspector|\(owner)|arn:aws:inspector2:eu-central-1:111122223333:finding/be674aad"),
        row(
            "inspector-closed", vulnerability("CLOSED", "HIGH"), "inspector", .ok,
            "Inspector: CVE-2024-29069 - snapd, closed" + place,
            "inspector|\(owner)|arn:aws:inspector2:eu-central-1:111122223333:finding/be674aad"),
        row(
            "config", event("Config Rules Compliance Change", "aws.config", config("NON_COMPLIANT")), "config",
            .warning,
            "Config: rule s3-public-read NON_COMPLIANT (shop-bucket)" + place,
            "config|\(owner)|s3-public-read|AWS::S3::Bucket|shop-bucket"),
        row(
            "config-topic", config("COMPLIANT"), "config", .ok,
            "Config: rule s3-public-read COMPLIANT (shop-bucket)" + place,
            "config|\(owner)|s3-public-read|AWS::S3::Bucket|shop-bucket"),
        row(
            "trusted-advisor",
            event(
                "Trusted Advisor Check Item Refresh Notification", "aws.trustedadvisor",
                """
                {"check-name":"Auto Scaling Launch Configurations","status":"ERROR","resource_id":"","uuid":"u-1",
                "check-item-detail":{"Status":"Red","Current Usage":"200","Region":"us-west-1","Limit Amount":"200"}}
                """), "trusted-advisor", .critical,
            "Trusted Advisor: Auto Scaling Launch Configurations ERROR (us-west-1)" + place,
            "trusted-advisor|\(owner)|Auto Scaling Launch Configurations|u-1"),
        row(
            "access-analyzer", access("ACTIVE", #""isPublic":false,"principal":{"AWS":"999988887777"}"#),
            "access-analyzer",
            .warning, "Access Analyzer: my-bucket (AWS::S3::Bucket)" + place, "access-analyzer|\(owner)|f-1"),
        row(
            "access-analyzer-public", access("ACTIVE", #""isPublic":true,"principal":{"AWS":"*"}"#), "access-analyzer",
            .critical, "Access Analyzer: my-bucket (AWS::S3::Bucket)" + place, "access-analyzer|\(owner)|f-1"),
        row(
            "access-analyzer-archived", access("ARCHIVED", #""isPublic":true,"principal":{}"#), "access-analyzer", .ok,
            "Access Analyzer: my-bucket, archived (AWS::S3::Bucket)" + place, "access-analyzer|\(owner)|f-1"),
        row(
            "rds-failover", database("0049", "failover", "Multi-AZ instance failover completed."), "rds", .warning,
            "RDS: instance orders: Multi-AZ instance failover completed" + place, "rds|\(owner)|orders"),
        row(
            "rds-failed", database("0031", "failure", "The DB instance has failed."), "rds", .critical,
            "RDS: instance orders: The DB instance has failed" + place, "rds|\(owner)|orders"),
        row(
            "rds-backup", database("0002", "backup", "Finished DB instance backup"), "rds", .info,
            "RDS: instance orders: Finished DB instance backup" + place, "rds|\(owner)|orders"),
        row(
            "rds-new-failure", database("9999", "failure", "Something new"), "rds", .critical,
            "RDS: instance orders: Something new" + place, "rds|\(owner)|orders"),
        row(
            "rds-topic",
            """
            {"Event Source":"db-instance","Event Time":"2026-11-20 10:00:00.123","Source ID":"orders",
            "Source ARN":"arn:aws:rds:eu-central-1:111122223333:db:orders",
            "Identifier Link":"https://console.aws.amazon.com/rds/home?region=eu-central-1#dbinstance:id=orders",
            "Event ID":"http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/USER_Events.html#RDS-EVENT-0006",
            "Event Message":"DB instance restarted"}
            """, "rds", .ok, "RDS: instance orders: DB instance restarted" + place, "rds||eu-central-1|orders"),
        row(
            "cost-anomaly",
            event(
                "Anomaly Detected", "aws.ce",
                """
                {"accountId":"111122223333","anomalyId":"a-1","dimensionalValue":"Amazon EC2",
                "monitorName":"services",
                "impact":{"maxImpact":151.5,"totalImpact":1001.25},"rootCauses":[{"service":"Amazon EC2"}]}
                """), "budgets", .warning, "Cost anomaly: Amazon EC2, $1001.25", "anomaly|a-1"),
        row(
            "ses-bounce", event("Email Bounced", "aws.ses", mail("Bounce", bounce)), "ses", .warning,
            "SES: bounce (Permanent) of mail from shop@example.com" + place, nil),
        row(
            "ses-bounce-topic", mail("Bounce", bounce), "ses", .warning,
            "SES: bounce (Permanent) of mail from shop@example.com", nil),
        row(
            "ses-complaint", mail("Complaint", #""complaint":{"complaintFeedbackType":"abuse"}"#), "ses", .warning,
            "SES: complaint (abuse) of mail from shop@example.com", nil),
        row(
            "ses-rendering",
            mail("Rendering Failure", #""failure":{"errorMessage":"no attribute","templateName":"t"}"#),
            "ses", .critical, "SES: rendering failure of mail from shop@example.com", nil),
        row(
            "ses-delivery", mail("Delivery", #""delivery":{}"#), "ses", .info,
            "SES: delivery of mail from shop@example.com", nil),
        row(
            "guardduty-of-another-source", event("GuardDuty Finding", "forwarded.events", guardDuty), "guardduty",
            .critical,
            "GuardDuty: SSH brute force", "gd-1"),
        row(
            "guardduty-without-source",
            #"{"detail-type":"GuardDuty Finding","detail":\#(guardDuty)}"#, "guardduty", .critical,
            "GuardDuty: SSH brute force", "gd-1"),
        row(
            "guardduty-other-type", event("GuardDuty Runtime Protection Unhealthy", "aws.guardduty", guardDuty),
            "eventbridge", .critical, "GuardDuty Runtime Protection Unhealthy" + place, nil),
    ]

    private static let guardDuty =
        #"{"id":"gd-1","title":"SSH brute force","severity":8,"type":"UnauthorizedAccess:EC2/SSH"}"#

    /// The same events for the tests with left out and replaced members.
    static let samples = rows.filter { $0.event.hasPrefix("{") }.map {
        InputSample(name: $0.name, event: Array($0.event.utf8))
    }

    @Test("events of AWS services: source, severity, title and incident", arguments: rows)
    func table(row: Row) throws {
        let notification = try StateReadingTests.read(row.event)
        #expect(notification.source.rawValue == row.source)
        #expect(notification.severity == row.severity)
        #expect(notification.title == row.title)
        #expect(notification.incidentKey == row.incident)
        #expect(!notification.fields.contains { $0.name == "Not understood" || $0.name == "Format" })
        #expect(!"\(notification.fields)\(notification.text)".contains("hunter2"))
    }

    @Test("reasons, resources and links of the services are shown")
    func details() throws {
        let execution = try StateReadingTests.read(Self.execution("FAILED", name: "n"))
        #expect(execution.text == "States.TaskFailed\nno disk")
        #expect(
            execution.links.first?.url.hasPrefix("https://console.aws.amazon.com/states/home?region=eu-central-1#")
                == true)
        let bucket = try StateReadingTests.read(Self.stackMessage("Bucket", "AWS::S3::Bucket", "CREATE_FAILED"))
        #expect(bucket.text == "shop-bucket already exists")
        #expect(bucket.time.description == "2026-11-20T10:00:00.123Z")
        let job = try StateReadingTests.read(Self.batch("FAILED"))
        #expect(job.fields.contains(Field("Exit code", "137")))
        let insight = try StateReadingTests.read(Self.insight("NEW_INSIGHT", "high"))
        #expect(insight.fields.contains(Field("Metrics", "5XXError")))
        #expect(insight.links.map(\.title) == ["Insight"])
        let rule = try StateReadingTests.read(Self.config("NON_COMPLIANT"))
        #expect(rule.text == "open to all")
        #expect(rule.resource == "shop-bucket")
        let mail = try StateReadingTests.read(Self.mail("Bounce", Self.bounce))
        #expect(mail.text == "smtp; 550 user unknown")
        #expect(mail.fields.contains(Field("To", "ann@example.com")))
    }

    @Test("an event of a known service without the members that it is read by is shown whole")
    func strangeEvents() throws {
        let event = try StateReadingTests.read(Self.event("Batch Job State Change", "aws.batch", #"{"some":"thing"}"#))
        #expect(event.title == "Batch Job State Change" + Self.place)
        #expect(event.fields.contains(Field("some", "thing")))
    }
}
