import Basics
import ConfigurationSources
import Testing

@testable import AlarmProvisioner

@Suite struct ProvisionerSettingsTests {
    @Test("without variables: the catalogue, and what runs by itself applies")
    func defaults() throws {
        let settings = try ProvisionerSettings([:])
        #expect(settings.sources.isEmpty)
        #expect(settings.usesCatalogue == nil)
        #expect(settings.action == .apply)
        #expect(settings.overrides == ProvisionerSettings.Overrides())
        #expect(settings.regions.isEmpty)
        #expect(settings.roles.isEmpty)
        #expect(settings.state == nil)
        #expect(settings.margin == .seconds(15))
        #expect(settings.overrides.applied(to: AlarmOptions()) == AlarmOptions())
    }

    @Test("the rules of all places, in order, and the catalogue as it is asked for")
    func sources() throws {
        let settings = try ProvisionerSettings([
            "ALARM_RULES": "rules.yaml, s3://b/slo.yaml,ssm:/alarms", "ALARM_RULES_TEXT": "rules: []",
            "CONFIG_FILE": "config.yaml",
        ])
        #expect(
            settings.sources == [
                .file("rules.yaml"), .object(bucket: "b", key: "slo.yaml"), .parameter("/alarms"), .file("config.yaml"),
                .text("rules: []"),
            ])
        #expect(settings.usesCatalogue == nil)
        #expect(try ProvisionerSettings(["CONFIG_FILE": "a", "ALARM_CATALOGUE": "true"]).usesCatalogue == true)
        #expect(try ProvisionerSettings(["ALARM_CATALOGUE": "false"]).usesCatalogue == false)
    }

    @Test("variables override a rules file's options, and only those that are set")
    func overrides() throws {
        let topic = "arn:aws:sns:eu-central-1:123456789012:alarms"
        let settings = try ProvisionerSettings([
            "ALARM_OWNER": "shop", "ALERT_PREFIX_NAME": "energy", "TOPIC_ARN": topic,
            "ALARM_TOPICS": "critical=\(topic)-1,critical=\(topic)-2", "ALARM_AUTO_TAGS": "false", "ALARM_GRACE": "0",
            "ALARM_MAX_DELETED_PERCENT": "100",
        ])
        var file = AlarmOptions(owner: "a", prefix: "b", topics: ["warning": ["w"]])
        file.copiedTags = ["team"]
        let options = settings.overrides.applied(to: file)
        #expect(options.owner == "shop")
        #expect(options.prefix == "energy")
        #expect(options.topics == ["": [topic], "critical": [topic + "-1", topic + "-2"], "warning": ["w"]])
        #expect(!options.readsAutoAlarmTags)
        #expect(options.gracePeriod == .zero)
        #expect(options.maximumDeletedPercent == 100)
        #expect(options.copiedTags == ["team"])
        #expect(options.notifiesRecovery)
    }

    @Test("accounts and regions")
    func scopes() throws {
        let role = "arn:aws:iam::210987654321:role/alarms"
        let settings = try ProvisionerSettings([
            "ALARM_REGIONS": "eu-central-1,us-east-1", "ALARM_ROLES": role, "ALARM_EXTERNAL_ID": "ssm:/alarms/id",
        ])
        #expect(settings.regions == ["eu-central-1", "us-east-1"])
        #expect(settings.roles == ["210987654321": role])
        #expect(settings.externalID == .parameter("/alarms/id"))
    }

    @Test("everything that is wrong is told at once")
    func faults() throws {
        let variables = [
            "ALARM_RULES": "s3://bucket", "ALARM_OWNER": "a b", "TOPIC_ARN": "alarms", "ALARM_TOPICS": "critical",
            "ALARM_REGIONS": "europe", "ALARM_ROLES": "arn:aws:iam::1:role/x", "ALARM_ACTION": "destroy",
            "ALARM_STATE": "file", "ALARM_GRACE": "-1s", "ALARM_MAX_DELETED_PERCENT": "101", "ALARM_CATALOGUE": "maybe",
            "ALARM_RESULT_TOPIC_ARN": "arn:aws:sqs:eu-central-1:123456789012:q", "ALARM_MARGIN": "0s",
        ]
        let error = #expect(throws: ProvisionerError.self) { try ProvisionerSettings(variables) }
        #expect(error?.code == .invalid)
        for name in variables.keys { #expect(error?.message.contains(name) == true, "\(name)") }
        #expect(error?.message.contains("expected apply or plan") == true)
    }

    @Test(
        "boundaries",
        arguments: [
            ("ALARM_MAX_DELETED_PERCENT", "0", true), ("ALARM_MAX_DELETED_PERCENT", "100", true),
            ("ALARM_MAX_DELETED_PERCENT", "100.1", false), ("ALARM_GRACE", "0", true), ("ALARM_GRACE", "1h", true),
            ("ALARM_OWNER", String(repeating: "a", count: 64), true),
            ("ALARM_OWNER", String(repeating: "a", count: 65), false),
            ("ALARM_ROLES", "arn:aws:iam::123456789012:role/a,arn:aws:iam::123456789012:role/b", false),
            ("ALARM_ROLES", "arn:aws:iam::123456789012:role/a,arn:aws:iam::123456789013:role/b", true),
            ("ALARM_ROLES", "arn:aws:iam::123456789012:user/a", false), ("ALARM_REGIONS", "us-gov-east-1", true),
            ("ALARM_REGIONS", "eu-central", false), ("ALARM_ACTION", "plan", true), ("ALARM_STATE", "s3://b", true),
            ("ALARM_STATE", "dynamodb:t", true), ("ALARM_STATE", "dynamo:t", false),
        ])
    func boundaries(name: String, value: String, isRight: Bool) throws {
        let settings = try? ProvisionerSettings([name: value])
        #expect((settings != nil) == isRight)
    }
}
