import Basics
import FargateAdjuster
import JSON
import Testing
import TextTables

@testable import tocsin

/// The tables of `tocsin fargate describe` and `history`, at narrow and wide terminals.
struct FargateTableTests {
    private static let time = Timestamp(iso8601: "2026-11-28T03:42:00Z") ?? .now()

    private static func description(_ change: (inout ServiceSnapshot) -> Void = { _ in }) throws -> FargateDescription {
        var service = FargateService()
        (service.name, service.cluster) = ("web", "arn:aws:ecs:eu-central-1:123456789012:cluster/shop")
        (service.status, service.desiredCount, service.runningCount) = ("ACTIVE", 3, 2)
        (service.pendingCount, service.strategy, service.alarms) = (1, "BLUE_GREEN", ["errors"])
        var definition = TaskDefinition()
        (definition.family, definition.revision, definition.cpu, definition.memory) = ("web", 12, 512, 1_536)
        var snapshot = ServiceSnapshot(service: service, taskDefinition: definition, readAt: time)
        change(&snapshot)
        var component = ComponentConfiguration(name: "front", service: "web", cluster: "shop")
        component.cpu = SettingRule(.list(["0.25", "0.5", "1", "2", "4"]), unit: "vCPU")
        component.replicas = SettingRule(.range(minimum: 1, maximum: 20, step: 1))
        return try FargateDescription(component, snapshot, region: "eu-central-1")
    }

    @Test("a service at 80 columns")
    func describe() throws {
        let lines = try Self.description().lines(width: 80, colour: false)
        #expect(
            lines.prefix(3) == [
                "front: service web in cluster shop", "  revision  web:12",
                "  size      0.5 vCPU, 1.5 GiB, Linux on X86_64",
            ])
        #expect(lines.contains("  tasks     2 of 3 run, 1 starting"))
        #expect(lines.contains("  strategy  blue/green, 1 alarm, Tocsin takes it back"))
        #expect(
            lines.suffix(3) == [
                "SETTING   VALUE  UNIT  ALLOWED", "cpu         0.5  vCPU  0.25, 0.5, 1, 2, 4",
                "replicas      3        1 to 20, by 1",
            ])
    }

    @Test("at 40 columns what is allowed stands below its setting")
    func narrow() throws {
        let lines = try Self.description().lines(width: 40, colour: false)
        #expect(
            lines.suffix(5) == [
                "SETTING   VALUE  UNIT", "cpu         0.5  vCPU", "  allowed: 0.25, 0.5, 1, 2, 4",
                "replicas      3", "  allowed: 1 to 20, by 1",
            ])
    }

    @Test("what cannot be adjusted now, and what could not be seen, is told")
    func states() throws {
        let lines = try Self.description { snapshot in
            snapshot.inFlight = "service deployment 1 is IN_PROGRESS at stage BAKE_TIME"
            snapshot.scaling = ServiceSnapshot.ScalingBounds(minimum: 1, maximum: 1)
            snapshot.service.controller = "CODE_DEPLOY"
            snapshot.warnings = ["auto scaling\u{1B} cannot be seen"]
        }.lines(width: 200, colour: false)
        #expect(lines.contains("  now       service deployment 1 is IN_PROGRESS at stage BAKE_TIME"))
        #expect(lines.contains("  scaling   auto scaling keeps 1 to 1 task"))
        #expect(lines.contains("! auto scaling\u{FFFD} cannot be seen"))
        #expect(lines.contains { $0.contains("by CODE_DEPLOY, which cannot be adjusted here") })
    }

    private static func history() -> FargateHistory {
        var entry = AdjustmentLedger.Entry(
            run: "20261128T034200-k3x9p", startedAt: time, claimedUntil: time + .seconds(60),
            owner: "tocsin, process 4711 on a-machine-with-a-long-name")
        var outcome = AdjustmentOutcome(
            component: "web", service: "arn", .restored,
            "the image shop:9 was not found\u{1B}[2J; healthy on web:1 again")
        outcome.changes = [.init("cpu", from: "0.5 vCPU", to: "1 vCPU"), .init("GOGC", from: nil, to: "90")]
        outcome.endedAt = time + .seconds(95)
        entry.outcome = outcome
        let ended = FargateHistory.Event(service: "web", entry, holder: nil, now: time)
        entry.outcome = nil
        return FargateHistory(
            name: "web",
            events: [
                .init(
                    service: "web", entry, holder: .nobody(recovery: "tocsin fargate recover web --state s3://x/y"),
                    now: time + .seconds(30)),
                .init(service: "web", entry, holder: .process, now: time + .seconds(30)),
                .init(
                    service: "web", entry, holder: .function(until: time + .seconds(60)), now: time + .seconds(30)),
                ended,
            ])
    }

    @Test("the history at 80 columns: open runs say whether their process lives")
    func history() {
        #expect(
            Self.history().lines(width: 80, colour: false) == [
                "web",
                "STARTED               OUTCOME       TIME  RUN",
                "2026-11-28T03:42:00Z  open          30 s  20261128T034200-k3x9p",
                "    its process is gone: `tocsin fargate recover web --state s3://x/y` ends it",
                "2026-11-28T03:42:00Z  running       30 s  20261128T034200-k3x9p",
                "    its process was alive less than a minute ago",
                "2026-11-28T03:42:00Z  running       30 s  20261128T034200-k3x9p",
                "    belongs to the function fargate-adjuster, which goes on with it until",
                "    2026-11-28T03:43:00Z at the latest",
                "2026-11-28T03:42:00Z  restored  1 m 35 s  20261128T034200-k3x9p",
                "    cpu 0.5 vCPU → 1 vCPU; GOGC none → 90",
                "    the image shop:9 was not found\u{FFFD}[2J; healthy on web:1 again",
            ])
    }

    @Test("tables fit", arguments: [40, 80, 200])
    func widths(width: Int) throws {
        let lines =
            try Self.history().lines(width: width, colour: false)
            + Self.description().lines(width: width, colour: false)
        #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(lines)")
        #expect(lines.contains { $0.contains("process 4711") } == (width == 200))
    }

    @Test("deployments as ECS lists them")
    func deployments() {
        let event = FargateHistory.Event(
            service: "web",
            deployment: [
                "serviceDeploymentArn": "arn:aws:ecs:eu-central-1:123456789012:service-deployment/shop/web/AbC",
                "status": "ROLLBACK_SUCCESSFUL", "statusReason": "the circuit breaker", "createdAt": 1_700_000_000.0,
                "finishedAt": "2023-11-14T22:15:00Z",
            ])
        #expect(event.id == "AbC")
        #expect(event.state == "rollback successful")
        #expect(event.message == "the circuit breaker")
        #expect(event.duration == .seconds(100))
        #expect(event.json["finishedAt"] == "2023-11-14T22:15:00Z")
    }
}
