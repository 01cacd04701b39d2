import Basics
import Configuration
import JSON

/// Reads one component of the file.
struct ComponentReader {
    /// The keys of a component.
    static let keys = [
        "service_name", "cluster", "timeout_service_desired_count", "settings", "environment", "express",
        "failed_tasks", "deregister_superseded",
    ]

    let name: String
    let section: ConfigurationSection
    let reader: ConfigurationReader

    /// The component, with placeholders for what is wrong.
    /// - Parameter cluster: that of components that do not name one.
    func component(cluster: String) -> ComponentConfiguration {
        var component = ComponentConfiguration(name: name, service: service(), cluster: self.cluster() ?? cluster)
        component.timeout = section.integer(
            "timeout_service_desired_count", default: component.timeout, in: 1...604_800)
        component.allowsExpress = section.flag("express", default: false)
        component.maximumFailedTasks = section.integer(
            "failed_tasks", default: component.maximumFailedTasks, in: 1...10_000)
        component.deregistersSuperseded = section.flag("deregister_superseded", default: false)
        if let settings = section.section("settings") { readSettings(settings, into: &component) }
        component.environment = environment()
        reader.warnOfUnknownKeys(section, known: Self.keys)
        return component
    }

    // MARK: The service

    private func service() -> String {
        let value = section.value("service_name")?.json ?? .null
        if let text = value.stringValue, !text.isEmpty { return text }
        section.fault(
            "service_name",
            "comp \(name): Service name setting is required and must be of type string. Found: \(value.pythonText)")
        return ""
    }

    private func cluster() -> String? {
        guard let value = section.value("cluster")?.json, value.isTruthy else { return nil }
        if let text = value.stringValue { return text }
        section.fault(
            "cluster", "comp \(name): ECS cluster must be type string when provided. Found: \(value.pythonText)")
        return nil
    }

    // MARK: Settings

    private func readSettings(_ settings: ConfigurationSection, into component: inout ComponentConfiguration) {
        let keys = settings.keys
        component.cpu = rule(.cpu, "cpu", in: settings)
        if keys.contains("mem"), keys.contains("memory") {
            settings.fault("memory", "comp \(name): mem and memory are the same setting: keep one of them")
        }
        // The original's examples say memory, which its code never reads.
        component.memory = rule(.memory, keys.contains("mem") ? "mem" : "memory", in: settings)
        if keys.contains("replicas") {
            component.replicas = SettingReader(
                component: name, label: "replicas", section: entry("replicas", in: settings), reader: reader
            ).replicas()
        }
        reader.warnOfUnknownKeys(settings, known: ["cpu", "mem", "memory", "replicas"])
    }

    private func rule(_ kind: SizeSetting, _ key: String, in settings: ConfigurationSection) -> SettingRule? {
        guard settings.keys.contains(key) else { return nil }
        return SettingReader(
            component: name, label: kind.label, section: entry(key, in: settings), reader: reader
        ).size(kind)
    }

    /// The mapping of a setting; an empty one for null, which means all defaults.
    private func entry(_ key: String, in settings: ConfigurationSection) -> SettingSection {
        let value = settings.value(key)
        let section = value.flatMap { _ in settings.section(key) }
        return SettingSection(
            section: section
                ?? ConfigurationSection([:], path: settings.path(of: key), diagnostics: reader.diagnostics),
            entry: value?.json.objectValue ?? [:], line: settings.line(of: key))
    }

    // MARK: Environment

    private func environment() -> [EnvironmentSetting] {
        guard let value = section.value("environment")?.json, value.isTruthy else { return [] }
        guard value.objectValue != nil, let variables = section.section("environment") else {
            section.fault(
                "environment",
                "comp \(name): environment setting config was malformed. Expected dict, "
                    + "found \(value.pythonTypeName): \(value.pythonText)")
            return []
        }
        return variables.keys.compactMap { key in
            if ["cpu", "mem", "memory", "replicas"].contains(key) {
                variables.fault(
                    key,
                    "comp \(name): \(key) is the name of another setting: "
                        + "give this one another name, and `variable: \(key)`")
                return nil
            }
            guard variables.value(key) != nil else {
                variables.fault(
                    key,
                    "comp \(name): Invalid environment variable setting type None supplied for name \(key). "
                        + "Only enum and range are supported")
                return nil
            }
            guard variables.section(key) != nil else { return nil }
            return EnvironmentReader(component: name, name: key, section: entry(key, in: variables), reader: reader)
                .setting()
        }
    }
}

/// The mapping of one setting, and where it is.
struct SettingSection {
    let section: ConfigurationSection
    /// The keys and values as they stand in the file.
    let entry: JSONObject
    /// The line of the setting's name.
    let line: Int?

    /// A value that is there and not null.
    func value(_ key: String) -> JSONValue? { section.value(key)?.json }

    /// Notes a fault, on the setting's own line when the key is absent.
    func fault(_ key: String, _ message: String) {
        let line = section.keys.contains(key) ? section.line(of: key) : line
        section.diagnostics.fault(line: line, path: section.path(of: key), message)
    }
}
