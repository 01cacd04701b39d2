import Basics
import LocalCloud

/// The runners of the tests: one process of `sla-runner` for each.
struct TestRunners: Sendable {
    /// Path of `sla-runner`.
    let runner: String
    let stack: LocalStack
    /// The variables of runner and command.
    let environment: [String: String]
    /// Called with a service and why its newest run failed; not again while the next ones fail alike.
    let onFailure: @Sendable (String, String) -> Void
    let note: @Sendable (String) -> Void

    /// The pause before a runner that ended by itself is started again.
    private static let pause = Duration.seconds(5)

    /// Keeps exactly these tests running, until the task is cancelled or the lists end.
    /// - Parameter lists: what is to run, from each list on; a test that is in the next one, too, is not disturbed.
    func run(_ lists: AsyncStream<[SLATest]>) async {
        var running: [(test: SLATest, task: Task<Void, Never>)] = []
        for await list in lists {
            let stopped = running.filter { !list.contains($0.test) }
            running.removeAll { !list.contains($0.test) }
            await stop(stopped.map(\.task))
            for test in list where !running.contains(where: { $0.test == test }) {
                running.append((test, Task { await keepRunning(test) }))
            }
        }
        await stop(running.map(\.task))
    }

    /// Ends runners side by side: each may take seconds to publish its last result.
    private func stop(_ tasks: [Task<Void, Never>]) async {
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func keepRunning(_ test: SLATest) async {
        while !Task.isCancelled {
            do {
                try await test.run(runner: runner, in: stack, environment: environment) {
                    onFailure(test.service, $0)
                }
            } catch {
                if Task.isCancelled { return }
                note("\(test.service): \(error); starting it again in \(Self.pause.text)")
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}
