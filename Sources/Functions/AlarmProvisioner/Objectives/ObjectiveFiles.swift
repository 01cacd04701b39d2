public import Basics
import ServiceLevels

extension ObjectiveRule {
    /// Reads a file of Sloth or OpenSLO.
    /// - Parameter file: its name, for messages and origins.
    /// - Returns: the rules, and a notice for each key without effect.
    /// - Throws: `invalid`, with every fault by line.
    public static func read(
        _ bytes: [UInt8], file: String
    ) throws(ProvisionerError) -> (rules: [ObjectiveRule], notices: [RuleNotice]) {
        let read: ObjectiveFile
        do { read = try ObjectiveFile(parsing: bytes, file: file) } catch {
            throw ProvisionerError(.invalid, error.message, underlying: error)
        }
        let rules = read.objectives.map { entry in
            ObjectiveRule(
                objective: entry.objective, origin: RuleOrigin(.objective, file: file, line: entry.line))
        }
        return (rules, read.notUsed.map { RuleNotice(.warning, "\(file): not used: \($0)") })
    }

    /// Whether a file is one of Sloth or OpenSLO, and not a rules file.
    public static func isObjectiveFile(_ bytes: [UInt8]) -> Bool { ObjectiveFile.isObjectiveFile(bytes) }
}
