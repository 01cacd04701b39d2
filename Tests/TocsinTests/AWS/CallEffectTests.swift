import AWS
import JSON
import Testing

@testable import tocsin

/// What runs without `--yes`.
struct CallEffectTests {
    @Test(
        "the name decides, then the exceptions",
        arguments: [
            ("ec2", "DescribeInstances", [:], .reads),
            ("ec2", "TerminateInstances", [:], .mayChange),
            ("ec2", "TerminateInstances", ["DryRun": true], .reads),
            ("ec2", "TerminateInstances", ["DryRun": false], .mayChange),
            ("ec2", "GetPasswordData", ["DryRun": true], .reads),
            ("kms", "Decrypt", [:], .mayChange),
            ("kms", "Decrypt", ["DryRun": true], .reads),
            ("s3", "GetObject", ["DryRun": true], .reads),
            ("s3", "PutObject", ["DryRun": true], .mayChange),
            ("s3", "HeadObject", [:], .reads),
            ("s3", "CreateSession", [:], .mayChange),
            ("sqs", "GetQueueAttributes", [:], .reads),
            ("sqs", "ReceiveMessage", [:], .mayChange),
            ("elasticache", "TestFailover", [:], .mayChange),
            ("apigateway", "TestInvokeMethod", [:], .mayChange),
            ("apigatewayv2", "ExportApi", [:], .reads),
            ("cognito-idp", "AdminGetUser", [:], .reads),
            ("cognito-idp", "AdminDeleteUser", [:], .mayChange),
            ("cognito-idp", "GetUserAttributeVerificationCode", [:], .mayChange),
            ("cognito-idp", "DescribeUserPoolClient", [:], .revealsSecret("the client's secret")),
            ("stepfunctions", "TestState", [:], .mayChange),
            ("route53", "TestDNSAnswer", [:], .reads),
            ("lambda", "CheckpointDurableExecution", [:], .mayChange),
            ("sns", "CheckIfPhoneNumberIsOptedOut", [:], .reads),
            ("logs", "StartQuery", [:], .mayChange),
            ("logs", "FilterLogEvents", [:], .reads),
            ("dynamodb", "BatchGetItem", [:], .reads),
            ("dynamodb", "BatchWriteItem", [:], .mayChange),
            ("dynamodb", "ExecuteStatement", [:], .mayChange),
            ("dynamodb", "Query", [:], .reads),
            ("ssm", "GetCommandInvocation", [:], .reads),
            ("ssm", "GetParameter", [:], .reads),
            ("ssm", "GetParameter", ["WithDecryption": false], .reads),
            ("ssm", "GetParameter", ["WithDecryption": true], .revealsSecret("a decrypted parameter")),
            ("secretsmanager", "DescribeSecret", [:], .reads),
            ("secretsmanager", "GetSecretValue", [:], .revealsSecret("a secret")),
            ("sts", "GetCallerIdentity", [:], .reads),
            ("sts", "GetSessionToken", [:], .revealsSecret("credentials")),
            ("ec2", "GetConsoleScreenshot", [:], .reads),
            ("ec2", "GetConsoleScreenshot", ["WakeUp": true], .mayChange),
        ] as [(String, String, JSONObject, CallEffect)])
    func effect(service: String, operation: String, input: JSONObject, expected: CallEffect) {
        #expect(CallEffect.of(service, operation, input) == expected)
    }

    @Test(
        "an answer can be a secret also when the call changes something",
        arguments: [
            ("sts", "AssumeRole", [:], "credentials"), ("kms", "Decrypt", [:], "a decrypted text"),
            ("kms", "Decrypt", ["DryRun": true], nil), ("ec2", "CreateKeyPair", [:], "a private key"),
            ("ssm", "GetParameter", ["WithDecryption": true], "a decrypted parameter"),
            ("ssm", "GetParameter", [:], nil), ("ec2", "TerminateInstances", [:], nil),
        ] as [(String, String, JSONObject, String?)])
    func secretAnswer(service: String, operation: String, input: JSONObject, expected: String?) {
        #expect(CallEffect.secretAnswer(service, operation, input) == expected)
    }

    @Test("the tables name operations that exist")
    func namesExist() throws {
        let all = Set(try ShippedOperation.all.get().map { "\($0.service) \($0.name)" })
        for name in CallEffect.namedOperations { #expect(all.contains(name), "\(name) does not exist") }
    }

    @Test("of REST services, what reads is a GET, but for these")
    func readingWithPOST() throws {
        let found = try ShippedOperation.all.get().filter { operation in
            CallEffect.of(operation.service, operation.name, [:]) == .reads
                && !["GET", "HEAD", nil].contains(operation.description.httpMethod)
        }
        // By their documentation they only read; their criteria are in the body.
        #expect(found.map { "\($0.service) \($0.name)" } == Self.readingWithPOST)
    }

    @Test("of REST services, what a GET does only reads, but for these")
    func changingWithGET() throws {
        let found = try ShippedOperation.all.get().filter { operation in
            CallEffect.of(operation.service, operation.name, [:]) != .reads
                && ["GET", "HEAD"].contains(operation.description.httpMethod)
        }
        // They give out credentials, API keys or license tokens.
        #expect(
            found.map { "\($0.service) \($0.name)" } == [
                "apigateway GetUsagePlanKey", "apigateway GetUsagePlanKeys", "eks DescribeEksAnywhereSubscription",
                "eks ListEksAnywhereSubscriptions", "s3 CreateSession",
            ])
    }

    @Test("first words of operations that read, with how many there are: a new one is looked at")
    func words() throws {
        var counts: [String: Int] = [:]
        for operation in try ShippedOperation.all.get()
        where CallEffect.of(operation.service, operation.name, [:]) == .reads {
            let word = operation.name.dropFirst().prefix { !$0.isUppercase }
            counts["\(operation.name.prefix(1))\(word)", default: 0] += 1
        }
        let usual = ["Describe", "Get", "List"]
        #expect(Set(usual).isSubset(of: counts.keys))
        #expect(
            counts.filter { !usual.contains($0.key) } == [
                "Admin": 7, "Batch": 4, "Check": 1, "Decode": 1, "Download": 1, "Export": 1, "Filter": 1, "Head": 2,
                "Query": 1, "Scan": 1, "Search": 5, "Simulate": 2, "Test": 4, "Transact": 1, "Validate": 5,
            ])
    }

    @Test("no operation that reads has a word of change in its name, but for these")
    func wordsOfChange() throws {
        let words = [
            "Accept", "Cancel", "Create", "Delete", "Disable", "Enable", "Generate", "Modify", "Purchase", "Put",
            "Register", "Reset", "Restore", "Run", "Send", "Set", "Start", "Stop", "Take", "Terminate", "Update",
        ]
        let found = try ShippedOperation.all.get().filter { operation in
            guard CallEffect.of(operation.service, operation.name, [:]) == .reads else { return false }
            // `Set` in `Settings` is no word of its own.
            return words.contains { word in
                operation.name.ranges(of: word).contains { range in
                    range.upperBound == operation.name.endIndex || operation.name[range.upperBound].isUppercase
                }
            }
        }
        // Here the word belongs to the thing that is read: a preview, a set, an update, a run.
        #expect(found.map { "\($0.service) \($0.name)" } == Self.readingWithWordsOfChange)
    }

    private static let readingWithPOST = [
        "cloudfront GetRealtimeLogConfig", "cloudfront GetResourcePolicy", "cloudfront ListConnectionFunctions",
        "cloudfront ListConnectionGroups", "cloudfront ListDistributionTenants",
        "cloudfront ListDistributionTenantsByCustomization", "cloudfront ListDistributionsByRealtimeLogConfig",
        "cloudfront ListDomainConflicts", "cloudfront ListTrustStores", "eks DescribeIdentityProviderConfig",
        "eks ListInsights",
        "observabilityadmin GetCentralizationRuleForOrganization",
        "observabilityadmin GetConnector",
        "observabilityadmin GetConnectorTelemetryManifest",
        "observabilityadmin GetConnectorTelemetrySetup",
        "observabilityadmin GetDatasetIntegration",
        "observabilityadmin GetS3TableIntegration",
        "observabilityadmin GetTelemetryEnrichmentStatus",
        "observabilityadmin GetTelemetryEvaluationStatus",
        "observabilityadmin GetTelemetryEvaluationStatusForOrganization",
        "observabilityadmin GetTelemetryPipeline",
        "observabilityadmin GetTelemetryRule",
        "observabilityadmin GetTelemetryRuleForOrganization",
        "observabilityadmin GetThirdPartyTelemetryEnrichment",
        "observabilityadmin ListCentralizationRulesForOrganization",
        "observabilityadmin ListConnectors",
        "observabilityadmin ListDatasetIntegrations",
        "observabilityadmin ListResourceTelemetry",
        "observabilityadmin ListResourceTelemetryForOrganization",
        "observabilityadmin ListResourcesByConnector",
        "observabilityadmin ListS3TableIntegrations",
        "observabilityadmin ListTagsForResource",
        "observabilityadmin ListTelemetryPipelines",
        "observabilityadmin ListTelemetryRules",
        "observabilityadmin ListTelemetryRulesForOrganization",
        "observabilityadmin ListThirdPartyTelemetryEnrichments",
        "observabilityadmin ValidateTelemetryPipelineConfiguration",
        "route53 ListTagsForResources", "sesv2 BatchGetMetricData", "sesv2 GetEmailAddressInsights",
        "sesv2 GetTenant", "sesv2 ListConfigurationSets", "sesv2 ListContacts", "sesv2 ListEmailIdentities",
        "sesv2 ListEmailIdentityCertificates", "sesv2 ListExportJobs", "sesv2 ListImportJobs",
        "sesv2 ListRecommendations", "sesv2 ListReputationEntities", "sesv2 ListResourceTenants",
        "sesv2 ListTenantResources", "sesv2 ListTenants", "ssm-incidents BatchGetIncidentFindings",
        "ssm-incidents GetResourcePolicies", "ssm-incidents ListIncidentFindings",
        "ssm-incidents ListIncidentRecords", "ssm-incidents ListRelatedItems", "ssm-incidents ListReplicationSets",
        "ssm-incidents ListResponsePlans", "ssm-incidents ListTimelineEvents", "xray BatchGetTraces",
        "xray GetEncryptionConfig", "xray GetGroup", "xray GetGroups", "xray GetIndexingRules", "xray GetInsight",
        "xray GetInsightEvents", "xray GetInsightImpactGraph", "xray GetInsightSummaries",
        "xray GetRetrievedTracesGraph", "xray GetSamplingRules", "xray GetSamplingStatisticSummaries",
        "xray GetServiceGraph", "xray GetTimeSeriesServiceStatistics", "xray GetTraceGraph",
        "xray GetTraceSegmentDestination", "xray GetTraceSummaries", "xray ListResourcePolicies",
        "xray ListRetrievedTraces", "xray ListTagsForResource",
    ]
    private static let readingWithWordsOfChange = [
        "ec2 GetHostReservationPurchasePreview", "eks DescribeUpdate", "elasticache DescribeUpdateActions",
        "route53 GetReusableDelegationSet", "route53 GetReusableDelegationSetLimit",
        "route53 ListResourceRecordSetChanges", "route53 ListResourceRecordSetProtections",
        "sesv2 GetConfigurationSet", "sesv2 GetConfigurationSetEventDestinations",
        "ssm-incidents GetReplicationSet", "stepfunctions DescribeMapRun",
    ]
}
