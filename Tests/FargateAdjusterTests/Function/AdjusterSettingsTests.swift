import Basics
import ConfigurationSources
import Testing

@testable import FargateAdjuster

@Suite struct AdjusterSettingsTests {
    @Test("the defaults: nothing is recorded without a store, and everything with one")
    func defaults() throws {
        let bare = try AdjusterSettings([:])
        #expect(bare.durability == .off)
        #expect(bare.configuration == nil)
        #expect(bare.interval == nil)
        #expect(bare.margin == .seconds(300))
        #expect(try AdjusterSettings(["FARGATE_STATE": "dynamodb:states"]).durability == .state)
        #expect(try AdjusterSettings(["FARGATE_STATE": "s3://bucket/a"]).durability == .state)
    }

    @Test("the place of the configuration")
    func places() throws {
        let table: [(String, ConfigurationSource)] = [
            ("s3://bucket/key", .object(bucket: "bucket", key: "key")), ("ssm:/fargate", .parameter("/fargate")),
            ("config.yaml", .file("config.yaml")),
        ]
        for (text, expected) in table {
            #expect(try AdjusterSettings(["FARGATE_CONFIG": text]).configuration == expected)
        }
    }

    @Test("what is set")
    func values() throws {
        let settings = try AdjusterSettings([
            "FARGATE_CONFIG_TEXT": "fargate: {}", "FARGATE_DURABLE": "lambda", "FARGATE_INTERVAL": "10",
            "FARGATE_MARGIN": "2m", "FARGATE_RESULT_TOPIC_ARN": "arn:aws:sns:r:1:t",
        ])
        #expect(settings.configuration == .text("fargate: {}"))
        #expect(settings.durability == .lambda)
        #expect(settings.interval == .seconds(10))
        #expect(settings.margin == .seconds(120))
        #expect(settings.resultTopic == "arn:aws:sns:r:1:t")
    }

    @Test(
        "the longest and the shortest interval, and their neighbours",
        arguments: [("1s", true), ("999ms", false), ("5m", true), ("301s", false), ("often", false)])
    func intervals(_ text: String, _ isTaken: Bool) {
        #expect(((try? AdjusterSettings(["FARGATE_INTERVAL": text])) != nil) == isTaken)
    }

    private static let faults: [([String: String], String)] = [
        (["FARGATE_CONFIG": "s3://bucket"], "FARGATE_CONFIG"),
        (["FARGATE_CONFIG": "a.yaml", "FARGATE_CONFIG_TEXT": "b"], "FARGATE_CONFIG is set, too"),
        (["FARGATE_STATE": "states"], "s3://bucket/prefix or dynamodb:table"),
        (["FARGATE_DURABLE": "state"], "needs FARGATE_STATE"),
        (["FARGATE_DURABLE": "yes"], "FARGATE_DURABLE"),
        (["FARGATE_RESULT_TOPIC_ARN": "topic"], "the ARN of an SNS topic"),
        (["FARGATE_RESULT_TOPIC_ARN": "arn:aws:sqs:r:1:q"], "the ARN of an SNS topic"),
        (["FARGATE_MARGIN": "0"], "FARGATE_MARGIN"),
    ]

    @Test("what is wrong is told by name, with what is expected", arguments: faults.indices)
    func wrong(_ index: Int) {
        let (variables, expected) = Self.faults[index]
        let error = #expect(throws: AdjusterError.self) { try AdjusterSettings(variables) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test("all faults at once")
    func severalFaults() {
        let names = ["FARGATE_STATE", "FARGATE_INTERVAL", "FARGATE_RESULT_TOPIC_ARN"]
        let error = #expect(throws: AdjusterError.self) {
            try AdjusterSettings(Dictionary(uniqueKeysWithValues: names.map { ($0, "x") }))
        }
        for name in names { #expect(error?.message.contains(name) == true) }
    }
}
