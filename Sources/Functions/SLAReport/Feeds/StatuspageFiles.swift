internal import Basics
internal import JSON
internal import ServiceHistory

extension SLAReportInput {
    /// The files of Statuspage's API, version 2, as its clients ask for them: `<page>/api/v2/summary.json` and others.
    ///
    /// The members are those of https://status.atlassian.com/api/v2. What has no counterpart has the value that
    /// Statuspage gives where a page does not use it.
    public func statuspageFiles() -> [ReportFile] { statuspageFiles(conditions) }

    func statuspageFiles(_ conditions: [ServiceCondition]) -> [ReportFile] { StatuspageFiles(self, conditions).files }
}

private struct StatuspageFiles {
    let input: SLAReportInput
    let page: JSONValue
    let pageID: String
    let status: JSONValue
    /// Groups stand before their members.
    let components: [JSONValue]
    /// The component of each service, in the order of the services.
    let serviceComponents: [JSONObject]
    private let names: ServiceNames

    /// A group while its members are gathered.
    private struct Group {
        /// Its place among the components.
        let index: Int
        var members: [JSONObject] = []
        var conditions: [ServiceCondition] = []
    }

    /// As many as Statuspage gives.
    private static let maximumIncidents = 50
    /// Of each incident: 50 windows that concern a thousand services would be files of 50 MB.
    private static let maximumConcerned = 50

    init(_ input: SLAReportInput, _ conditions: [ServiceCondition]) {
        self.input = input
        names = ServiceNames(input.services)
        pageID = Self.id("page", input.baseURL ?? input.title)
        page = [
            "id": .string(pageID), "name": .string(input.title), "url": .string(input.baseURL ?? ""),
            "time_zone": .string(input.zoneName == "UTC" ? "Etc/UTC" : input.zoneName),
            "updated_at": .string(input.generatedAt.milliseconds),
        ]
        status = Self.status(conditions)
        let ids = Self.componentIDs(input.services)
        var components: [JSONValue] = []
        var members: [JSONObject] = []
        var topPosition: Int64 = 0
        var groups: [String: Group] = [:]
        for ((service, id), condition) in zip(zip(input.services, ids), conditions) {
            // By its identifier: two spellings of one letter are one key of a dictionary, and two groups.
            let groupID = service.group.map { Self.id("group", $0) }
            if let groupID, groups[groupID] == nil {
                topPosition += 1
                groups[groupID] = Group(index: components.count)
                components.append(.object(Self.group(service.group ?? "", groupID, topPosition, pageID)))
            }
            var position = topPosition + 1
            if let groupID {
                position = Int64(groups[groupID]?.members.count ?? 0) + 1
            } else {
                topPosition = position
            }
            let component = Self.component(service, id, condition, position, pageID, input)
            components.append(.object(component))
            members.append(component)
            if let groupID {
                groups[groupID]?.members.append(component)
                groups[groupID]?.conditions.append(condition)
            }
        }
        for group in groups.values {
            guard var object = components[group.index].objectValue else { continue }
            let own = group.members
            object["status"] = .string(Self.worst(group.conditions))
            object["components"] = .array(own.compactMap { $0["id"] })
            object["created_at"] = own.compactMap { $0["created_at"]?.stringValue }.min().map { .string($0) }
            object["updated_at"] = own.compactMap { $0["updated_at"]?.stringValue }.max().map { .string($0) }
            components[group.index] = .object(object)
        }
        (self.components, serviceComponents) = (components, members)
    }

    var files: [ReportFile] {
        let now = input.generatedAt
        let incidents = input.incidents.filter { !$0.isMaintenance }
        let unresolved = incidents.filter { !$0.status(at: now).isOver }
        let planned = input.plannedWork
        let upcoming = planned.filter { $0.status(at: now) == .scheduled }
        let active = planned.filter { $0.status(at: now) == .inProgress }
        return [
            file("status", ["status": status]),
            file(
                "summary",
                [
                    "components": .array(components), "incidents": list(unresolved),
                    "scheduled_maintenances": list(Array(upcoming.reversed()) + active), "status": status,
                ]),
            file("components", ["components": .array(components)]),
            file("incidents", ["incidents": list(incidents)]),
            file("incidents/unresolved", ["incidents": list(unresolved)]),
            file("scheduled-maintenances", ["scheduled_maintenances": list(planned)]),
            // The next one first: many windows of the configuration may lie behind it.
            file("scheduled-maintenances/upcoming", ["scheduled_maintenances": list(upcoming.reversed())]),
            file("scheduled-maintenances/active", ["scheduled_maintenances": list(active)]),
        ]
    }

    private func file(_ name: String, _ members: JSONObject) -> ReportFile {
        var object: JSONObject = ["page": page]
        for (key, value) in members { object[key] = value }
        return ReportFile(
            path: "api/v2/\(name).json", contentType: "application/json; charset=utf-8",
            bytes: JSONValue.object(object).serialized())
    }

    private func list(_ incidents: [Incident]) -> JSONValue {
        .array(incidents.prefix(Self.maximumIncidents).map { .object(json($0)) })
    }

    // MARK: Components

    /// Of group and name, so that a component keeps its identifier; with what tells them apart where two have the same.
    private static func componentIDs(_ services: [SLAReportInput.Service]) -> [String] {
        let ids = services.map { id("component", $0.group ?? "", $0.displayName) }
        let counts = Dictionary(ids.map { ($0, 1) }, uniquingKeysWith: +)
        return zip(ids, services).map { id, service in
            counts[id, default: 0] > 1
                ? Self.id("component", service.group ?? "", service.displayName, service.id) : id
        }
    }

    private static func component(
        _ service: SLAReportInput.Service, _ id: String, _ condition: ServiceCondition, _ position: Int64,
        _ pageID: String, _ input: SLAReportInput
    ) -> JSONObject {
        let created = service.history.points.first?.start ?? input.generatedAt
        var object = bare(id, service.displayName, position, pageID)
        object["status"] = .string(worst([condition]))
        object["created_at"] = .string(created.milliseconds)
        object["updated_at"] = .string((condition.changedAt ?? created).milliseconds)
        object["group_id"] = service.group.map { .string(Self.id("group", $0)) } ?? .null
        var details = service.details
        switch condition.evidence {
        case .none: details = "No current data: there are no results yet."
        case .stale(let time):
            details = "No current data: there are no results since \(time.iso8601(fractionDigits: 0))."
        case .current: break
        }
        object["description"] = details.map { .string($0) } ?? .null
        return object
    }

    private static func group(_ name: String, _ id: String, _ position: Int64, _ pageID: String) -> JSONObject {
        var object = bare(id, name, position, pageID)
        object["group"] = true
        return object
    }

    private static func bare(_ id: String, _ name: String, _ position: Int64, _ pageID: String) -> JSONObject {
        [
            "id": .string(id), "name": .string(name), "status": "operational", "created_at": .null, "updated_at": .null,
            "position": .integer(position), "description": .null, "showcase": false, "start_date": .null,
            "group_id": .null, "page_id": .string(pageID), "group": false, "only_show_if_degraded": false,
        ]
    }

    /// Statuspage's state of a component, or of a group of them: the worst.
    private static func worst(_ conditions: [ServiceCondition]) -> String {
        let level = conditions.filter { !$0.isUnderMaintenance }.map(\.level).max() ?? .operational
        if level == .operational, conditions.contains(where: \.isUnderMaintenance) { return "under_maintenance" }
        return switch level {
        case .operational: "operational"
        case .degraded: "degraded_performance"
        case .partialOutage: "partial_outage"
        case .majorOutage: "major_outage"
        }
    }

    /// The state of the page: critical when half of the services or more do not work at all.
    ///
    /// Statuspage has no word for what nobody knows: the mildest state that is not green stands for it.
    private static func status(_ conditions: [ServiceCondition]) -> JSONValue {
        let current = conditions.filter { !$0.isUnderMaintenance }
        let levels = current.map(\.level)
        let dead = levels.count { $0 == .majorOutage }
        let (indicator, description) =
            switch levels.max() ?? .operational {
            case .majorOutage where dead * 2 >= conditions.count: ("critical", "Major Service Outage")
            case .majorOutage, .partialOutage: ("major", "Partial System Outage")
            case .degraded where !current.contains { $0.level == .degraded && !$0.isUnknown }:
                ("minor", current.contains { !$0.isUnknown } ? "Some Services Have No Current Data" : "No Current Data")
            case .degraded: ("minor", "Partially Degraded Service")
            case .operational where conditions.isEmpty: ("minor", "No Current Data")
            case .operational where levels.count < conditions.count: ("none", "Service Under Maintenance")
            case .operational: ("none", "All Systems Operational")
            }
        return ["indicator": .string(indicator), "description": .string(description)]
    }

    // MARK: Incidents

    private func json(_ incident: Incident) -> JSONObject {
        let (now, id) = (input.generatedAt, Self.id("incident", incident.id))
        let updates = incident.updates(at: now)
        let concerned = names.places(of: incident).prefix(Self.maximumConcerned).map { serviceComponents[$0] }
        let hasPostMortem = incident.postMortem != nil && incident.status(at: now).isOver
        var list = updates.map { update in
            json(id: Self.id("update", update.id), of: id, update.status.rawValue, update.text, update.time, concerned)
        }
        if hasPostMortem, let postMortem = incident.postMortem {
            list.append(
                json(
                    id: Self.id("post-mortem", incident.id), of: id, "postmortem", postMortem.text, postMortem.time,
                    concerned))
        }
        func time(_ time: Timestamp?) -> JSONValue { time.map { .string($0.milliseconds) } ?? .null }
        var object: JSONObject = [
            "id": .string(id), "name": .string(incident.title),
            "status": .string(hasPostMortem ? "postmortem" : incident.status(at: now).rawValue),
            "created_at": time(incident.createdAt), "updated_at": time(incident.updatedAt(now)),
            "monitoring_at": time(updates.last { $0.status == .monitoring }?.time),
            "resolved_at": time(incident.endedAt(now)),
            "impact": .string(incident.isMaintenance ? "maintenance" : incident.impact.rawValue),
            "shortlink": .string(input.address(of: incident) ?? ""), "started_at": time(incident.startedAt(now)),
            "page_id": .string(pageID), "incident_updates": .array(list.reversed()),
            "components": .array(concerned.map { .object($0) }), "reminder_intervals": .null,
        ]
        if let window = incident.window {
            object["scheduled_for"] = time(window.lowerBound)
            object["scheduled_until"] = time(window.upperBound)
        }
        return object
    }

    private func json(
        id: String, of incident: String, _ status: String, _ text: String, _ time: Timestamp, _ concerned: [JSONObject]
    ) -> JSONValue {
        let time = JSONValue.string(time.milliseconds)
        let affected = concerned.map { component -> JSONValue in
            [
                "code": component["id"] ?? .null, "name": component["name"] ?? .null,
                "old_status": component["status"] ?? .null, "new_status": component["status"] ?? .null,
            ]
        }
        return [
            "id": .string(id), "status": .string(status), "body": .string(text), "incident_id": .string(incident),
            "created_at": time, "updated_at": time, "display_at": time, "affected_components": .array(affected),
            "deliver_notifications": true, "custom_tweet": .null, "tweet_id": .null,
        ]
    }

    /// An identifier of twelve characters, as Statuspage's: always the same for the same names.
    private static func id(_ kind: String, _ names: String...) -> String {
        String(Digest.sha256Hex(kind + "\n" + names.joined(separator: "\0")).prefix(12))
    }
}

extension Timestamp {
    /// ISO 8601 with milliseconds, as Statuspage writes times.
    fileprivate var milliseconds: String { iso8601(fractionDigits: 3) }
}

extension SLAReportInput {
    /// The address of an incident's page; nil when the report's own is not known, and for windows of the configuration,
    /// which have no page.
    func address(of incident: Incident) -> String? {
        guard let baseURL, !(incident.isMaintenance && incident.isAutomatic) else { return nil }
        return "\(baseURL)/incidents/\(incident.id).html"
    }
}
