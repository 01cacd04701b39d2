import Basics
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// Compute Optimizer's recommendations become values that the component and Fargate allow.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RecommendationTests {
    private func entry(cpu: JSONValue = 1_024, memory: JSONValue = 2_048) -> JSONValue {
        [
            "finding": "Underprovisioned", "findingReasonCodes": ["CPUUnderprovisioned"],
            "currentPerformanceRisk": "High", "lookbackPeriodInDays": 14.0,
            "lastRefreshTimestamp": "2026-11-28T00:00:00+00:00",
            "currentServiceConfiguration": [
                "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12"
            ],
            "serviceRecommendationOptions": [
                ["cpu": cpu, "memory": memory], ["cpu": 4_096, "memory": 8_192],
            ],
        ]
    }

    private func settings(_ recommendation: SizeRecommendation) -> String {
        recommendation.settings.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }

    @Test func theBestOptionIsTakenOver() {
        let sample = PlanSample()
        let recommendation = SizeRecommendation(entry(), sample.component, sample.snapshot)
        #expect(recommendation.settings == [.init("cpu", 1), .init("mem", 2)])
        #expect(recommendation.notes == [])
        #expect(recommendation.refreshedAt == Timestamp(iso8601: "2026-11-28T00:00:00Z"))
        #expect(
            recommendation.summary
                == "Underprovisioned (CPUUnderprovisioned), performance risk High, from 14 days of metrics")
    }

    @Test(
        arguments: [
            // recommended cpu and memory; rules for both; what is asked for; whether something is told
            (1_024, 2_048, nil, nil, "cpu=1 mem=2", 0),
            (8_192, 16_384, nil, nil, "cpu=4 mem=16", 1),
            (256, 512, nil, nil, "cpu=0.25 mem=0.5", 0),
            (1_024, 2_048, ["0.5", "1"], ["1", "4"], "cpu=1 mem=4", 1),
            (1_024, 2_048, ["0.5"], nil, "mem=2", 1),
            (300, 600, nil, nil, "", 1),
            (1_024, 2_048, ["4"], ["1"], "", 1),
        ] as [(Int, Int, [String]?, [String]?, String, Int)])
    func whatIsNotAllowedIsClipped(
        cpu: Int, memory: Int, cpus: [String]?, memories: [String]?, text: String, notes: Int
    ) {
        var sample = PlanSample()
        if let cpus { sample.component.cpu = SettingRule(.list(cpus), unit: "vCPU") }
        if let memories { sample.component.memory = SettingRule(.list(memories), unit: "GiB") }
        let recommendation = SizeRecommendation(
            entry(cpu: JSONValue(cpu), memory: JSONValue(memory)), sample.component, sample.snapshot)
        #expect(settings(recommendation) == text)
        #expect(recommendation.notes.count == notes, "\(recommendation.notes)")
    }

    @Test func whatIsPinnedOrNotConfiguredStays() {
        var sample = PlanSample()
        sample.component.cpu?.isPinned = true
        var recommendation = SizeRecommendation(entry(), sample.component, sample.snapshot)
        #expect(recommendation.settings == [.init("mem", 2)])
        #expect(
            recommendation.notes == [
                "1 vCPU and 2 GiB are recommended; the nearest that the configuration and Fargate allow are 0.5 vCPU and "
                    + "2 GiB (cpu is pinned)"
            ])
        sample.component.memory = nil
        recommendation = SizeRecommendation(entry(), sample.component, sample.snapshot)
        #expect(recommendation.settings == [])
        #expect(recommendation.notes.first?.hasSuffix("(cpu is pinned, mem is not configured)") == true)
    }

    @Test func whatIsNotRecommendedStays() {
        let sample = PlanSample()
        let recommendation = SizeRecommendation(
            entry(cpu: .null, memory: 2_048), sample.component, sample.snapshot)
        #expect(recommendation.settings == [.init("mem", 2)])
    }

    @Test func anOptimizedServiceStays() {
        let sample = PlanSample()
        var optimized = entry().objectValue ?? [:]
        optimized["finding"] = "Optimized"
        let recommendation = SizeRecommendation(.object(optimized), sample.component, sample.snapshot)
        #expect(recommendation.finding == "Optimized")
        #expect(recommendation.settings == [])
    }

    @Test func savingsContainersAndAnOldRevisionAreTold() {
        let sample = PlanSample()
        var told = entry().objectValue ?? [:]
        told["currentServiceConfiguration"] = ["taskDefinitionArn": "arn:x/web:11"]
        told["serviceRecommendationOptions"] = [
            [
                "cpu": 256, "memory": 512,
                "savingsOpportunity": ["estimatedMonthlySavings": ["currency": "USD", "value": 9]],
                "savingsOpportunityAfterDiscounts": ["estimatedMonthlySavings": ["currency": "USD", "value": 7.4]],
                "containerRecommendations": [
                    ["containerName": "app", "cpu": 200, "memorySizeConfiguration": ["memory": 400]],
                    ["containerName": "proxy", "memorySizeConfiguration": [:]],
                ],
            ]
        ]
        let recommendation = SizeRecommendation(.object(told), sample.component, sample.snapshot)
        #expect(recommendation.savings == "7.40 USD a month")
        #expect(
            recommendation.notes == [
                "it was made for web:11, and the service is on web:12 now",
                "container app: 200 CPU units, a limit of 400 MiB (single containers are not changed here)",
            ])
    }

    // MARK: Calls

    private func recommendation(_ service: TestService) async throws -> SizeRecommendation {
        let (clients, component) = (service.clients, service.component)
        return try await service.run {
            try await clients.recommendation(for: component, clients.snapshot(of: "web", in: "default"))
        }
    }

    @Test func itIsAskedForTheService() async throws {
        let service = try TestService([
            "recommendation": [
                "finding": "Overprovisioned", "serviceRecommendationOptions": [["cpu": 512, "memory": 1_024]],
            ]
        ])
        let recommendation = try await recommendation(service)
        #expect(recommendation.finding == "Overprovisioned")
        #expect(recommendation.settings == [.init("cpu", 0.5), .init("mem", 1)])
        #expect(try service.server.operations().last == "compute-optimizer:GetECSServiceRecommendations")
        #expect(
            try service.server.script().last?["input"] == [
                "serviceArns": ["arn:aws:ecs:eu-central-1:123456789012:service/default/web"]
            ])
    }

    @Test(arguments: [
        (nil, "Compute Optimizer has no recommendation for service web: it needs 24 hours of metrics"),
        ("OptInRequiredException", "Compute Optimizer is not enabled for this account: enable it with aws"),
        ("AccessDeniedException", "compute-optimizer:GetECSServiceRecommendations is denied: allow it"),
    ])
    func whyThereIsNone(code: String?, text: String) async throws {
        let service = try TestService()
        if let code {
            try service.server.script([
                "faults": [["operation": "GetECSServiceRecommendations", "code": .string(code), "message": "no"]]
            ])
        }
        let error = await #expect(throws: AdjusterError.self) { try await recommendation(service) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.hasPrefix(text) == true, "\(error?.message ?? "")")
    }
}
