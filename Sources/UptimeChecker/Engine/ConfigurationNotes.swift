import Logging
import Synchronization

/// Tells what a configuration says in vain, once for each configuration.
final class ConfigurationNotes: Sendable {
    private let told = Mutex<[String]>([])

    func log(_ file: UptimeConfiguration, to logger: Logger) {
        let notes = file.unsetVariables + file.notUsed
        let isNew = told.withLock { told in
            defer { told = notes }
            return told != notes
        }
        guard isNew else { return }
        for note in file.unsetVariables { logger.warning("variable not set", metadata: ["where": "\(note)"]) }
        for note in file.notUsed { logger.notice("key not used", metadata: ["key": "\(note)"]) }
    }
}
