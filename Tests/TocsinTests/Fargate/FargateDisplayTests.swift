import Basics
import FargateAdjuster
import Testing
import TextTables

@testable import tocsin

/// The live view of an adjustment as lines, from what a run tells.
struct FargateDisplayTests {
    private static let start = Timestamp(iso8601: "2026-11-28T03:42:00Z") ?? .now()

    private static func status(
        _ phase: DeploymentStatus.Phase = .running, _ progress: Int = 48, running: Int = 2, others: Int = 1
    ) -> DeploymentStatus {
        var status = DeploymentStatus(phase, progress: progress, "IN_PROGRESS: new 2/3 running, 1 old")
        (status.running, status.desired, status.others, status.failedTasks) = (running, 3, others, 1)
        (status.healthyTargets, status.trafficWeight, status.stage) = (2, 40, "PRODUCTION_TRAFFIC_SHIFT")
        return status
    }

    private static func progress(
        _ component: String, _ status: DeploymentStatus? = status(), message: String? = nil, percent: Int? = nil
    ) -> AdjustmentProgress {
        AdjustmentProgress(
            component: component, progress: percent ?? status?.progress ?? 0, message ?? status?.message ?? "planning",
            deployment: status)
    }

    private static func display(_ components: [String], _ told: [AdjustmentProgress]) -> DeploymentDisplay {
        var display = DeploymentDisplay(run: "20261128T034200-k3x9p", components: components, at: start)
        for progress in told { display.take(progress, at: start + .seconds(5)) }
        return display
    }

    private static func lines(
        _ display: DeploymentDisplay, after seconds: Int = 65, width: Int = 80, height: Int = 24, colour: Bool = false
    ) -> [String] {
        display.lines(now: start + .seconds(seconds), width: width, height: height, colour: colour)
    }

    @Test("a deployment at 80 columns: tasks, targets, traffic, stage, and since when nothing has moved")
    func block() {
        #expect(
            Self.lines(Self.display(["web"], [Self.progress("web")])) == [
                "Adjusting web, 1 m 5 s",
                "run 20261128T034200-k3x9p",
                "",
                "web  ██████████████░░░░░░░░░░░░░░░░  48 %  production traffic shift",
                "  tasks    2 of 3 new run · 1 old · 1 failed",
                "  targets  2 healthy, 3 needed",
                "  traffic  40 % to the new revision",
                "  now      IN_PROGRESS: new 2/3 running, 1 old (unchanged for 1 m)",
                "",
                "Ctrl-C goes back to the former values.",
            ])
    }

    @Test("at 40 columns nothing is lost but the end of the stage")
    func narrow() {
        #expect(
            Self.lines(Self.display(["web"], [Self.progress("web")]), after: 10, width: 40) == [
                "Adjusting web, 10 s",
                "run 20261128T034200-k3x9p",
                "",
                "web  ███░░░░░  48 %  production traffic…",
                "  tasks    2 of 3 new run · 1 old · 1",
                "           failed",
                "  targets  2 healthy, 3 needed",
                "  traffic  40 % to the new revision",
                "  now      IN_PROGRESS: new 2/3 running,",
                "           1 old",
                "",
                "Ctrl-C goes back to the former values.",
            ])
    }

    @Test(
        "no line is wider than the terminal, whatever the names and messages",
        arguments: [40, 80, 200], [1, 3, 30])
    func widths(width: Int, count: Int) {
        let long = String(repeating: "checkout-", count: 12)
        let names = (0..<count).map { "\(long)\($0)" }
        var failed = Self.status(.failed, 50)
        failed.cause = FailureCause(.outOfMemory, "container app ran out of memory; " + long + "; 倉庫 is full")
        failed.denied = ["ecs:DescribeServiceDeployments", "ecs:ListTasks"]
        let told = names.map { Self.progress($0, failed, message: "failed: \(failed.cause?.text ?? "")") }
        let lines = Self.lines(Self.display(names, told), width: width)
        #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(lines)")
        #expect(lines.count <= 24 || count < 30, "\(lines.count)")
        #expect(lines.contains { $0.contains("50 %") })
    }

    @Test("many services become a table, with those under way first, and the others counted")
    func table() {
        let names = (1...30).map { "service-\($0)" }
        var told = names.prefix(10).map { Self.progress($0, nil, message: "healthy", percent: 100) }
        told.append(Self.progress("service-11"))
        let lines = Self.lines(Self.display(names, told), height: 12)
        #expect(lines.count == 11)
        #expect(lines[3] == "SERVICE      DONE  NEW  OLD  FAILED  TARGETS  TRAFFIC  STAGE")
        #expect(lines[4] == "service-11   48 %  2/3    1       1      2/3     40 %  production traffic shift")
        #expect(lines[5].hasPrefix("service-1   100 %"))
        #expect(lines[8] == "… 26 more")
        let narrow = Self.lines(Self.display(names, told), width: 40, height: 12)
        #expect(narrow[3] == "SERVICE      DONE  NEW  OLD  FAILED")
    }

    @Test("a failure is told once, and the view says that it goes back")
    func failure() {
        var failed = Self.status(.rollingBack, 5)
        failed.cause = FailureCause(.imageNotFound, "the image shop:9 was not found")
        let message = "ECS takes the deployment back: the image shop:9 was not found"
        let lines = Self.lines(
            Self.display(["web"], [Self.progress("web", failed, message: message)]), after: 10)
        #expect(lines[0] == "Going back with web, 10 s")
        #expect(lines.contains("  now      ECS takes the deployment back"))
        #expect(lines.contains("  cause    the image shop:9 was not found"))
        #expect(lines.last == "Ctrl-C twice leaves at once, half done; `tocsin fargate recover` goes on then.")
    }

    @Test("why nothing moves has the room of the counts, which stand above it")
    func reason() {
        let reason = "was unable to place a task: no capacity"
        let told = Self.progress("web", message: "IN_PROGRESS: new 2/3 running, 1 old; \(reason)")
        #expect(Self.lines(Self.display(["web"], [told]), after: 10).contains("  now      \(reason)"))
        // Counts of another time are part of what is told.
        let last = "cancelled; last seen: new 0/3 running; \(reason)"
        let lines = Self.lines(Self.display(["web"], [Self.progress("web", message: last)]), after: 10)
        #expect(lines.contains { $0.hasPrefix("  now      cancelled; last seen: new 0/3 running") }, "\(lines)")
    }

    @Test("after a signal the view says what another one does, and at the end nothing more")
    func signals() {
        var display = Self.display(["web"], [Self.progress("web")])
        display.goBack()
        #expect(Self.lines(display)[0] == "Going back with web, 1 m 5 s")
        #expect(Self.lines(display).contains("  tasks    2 of 3 run · 1 others · 1 failed"))
        #expect(
            Self.lines(display, width: 100).last
                == "A further Ctrl-C leaves at once, half done; `tocsin fargate recover` goes on then.")
        display.end()
        #expect(Self.lines(display).last?.hasPrefix("  now") == true, "\(Self.lines(display))")
        #expect(display.summary == ["web (48 %: IN_PROGRESS: new 2/3 running, 1 old)"])
    }

    @Test("colours only where they are wanted, and no control characters of others")
    func escapes() {
        let display = Self.display(["web\u{1B}[2J"], [Self.progress("web\u{1B}[2J", message: "\u{7}beep\u{1B}]0;x")])
        #expect(!Self.lines(display).joined().unicodeScalars.contains { $0.value < 32 })
        #expect(Self.lines(display, colour: true)[0] == "\u{1B}[1mAdjusting web\u{FFFD}[2J, 1 m 5 s\u{1B}[0m")
    }

    @Test("a service that waits for its turn has no counts yet")
    func waiting() {
        let lines = Self.lines(Self.display(["web"], []), after: 0)
        #expect(lines[0] == "Adjusting web, 0 s")
        #expect(lines[3].hasSuffix("0 %"))
        #expect(lines[4] == "  now      waiting for its turn")
        #expect(Self.display(["web"], []).summary.isEmpty)
    }

    @Test("without a terminal a line for each change, and every 30 seconds one without")
    func log() {
        var log = DeploymentLog()
        func line(_ seconds: Int, _ progress: AdjustmentProgress) -> String? {
            log.line(progress, at: Self.start + .seconds(seconds))
        }
        let progress = Self.progress("web")
        let text = "web  48 %  IN_PROGRESS: new 2/3 running, 1 old"
        #expect(line(0, progress) == "[2026-11-28T03:42:00Z] \(text)")
        #expect(line(5, progress) == nil)
        #expect(line(5, Self.progress("api"))?.hasSuffix("api  48 %  IN_PROGRESS: new 2/3 running, 1 old") == true)
        #expect(line(29, progress) == nil)
        #expect(line(30, progress) == "[2026-11-28T03:42:30Z] \(text)")
        #expect(line(59, progress) == nil)
        #expect(line(59, Self.progress("web", message: "x\u{1B}")) == "[2026-11-28T03:42:59Z] web  48 %  x\u{FFFD}")
        #expect(line(60, AdjustmentProgress(progress: 0, "ending a run")) == "[2026-11-28T03:43:00Z] ending a run")
    }
}
