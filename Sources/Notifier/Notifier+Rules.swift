import AWS
import FunctionRuntime
import JSON
import Transport

extension Notifier.Configuration {
    /// The rules, read when they are first needed, and again when they are old.
    func keptRules(
        environment: Environment, time: TimeSource, executor: (any TaskExecutor)?,
        aws: @escaping @Sendable () throws -> AWSConfiguration
    ) -> Refreshed<Rules> {
        let source: TextSource
        switch rules {
        case .output(let output):
            let rules = Rules(outputs: [output], fallback: .send(to: [output.name], mentions: []))
            return Refreshed(for: .seconds(1 << 40), now: time.now, executor: executor) { _ in rules }
        case .file(let file): source = file
        }
        return Refreshed(for: maximumAge, now: time.now, executor: executor) { end in
            let bytes: [UInt8]
            do { bytes = try await source.load(environment: environment.variables, deadline: end, aws: aws) } catch {
                throw NotifierError(.unreadableConfiguration, "the rules cannot be read: \(error)", underlying: error)
            }
            return try Rules(parsing: bytes, environment: environment.variables)
        }
    }
}
