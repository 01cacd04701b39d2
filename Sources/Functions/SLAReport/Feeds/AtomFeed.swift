internal import Basics
internal import Markup
internal import TimeZones

extension SLAReportInput {
    /// The feed of what people have told, `history.atom` (RFC 4287): an entry for each incident with all its updates.
    ///
    /// An entry keeps its identifier when the page moves.
    ///
    /// Windows of the configuration are not in it: a nightly one would be all of it.
    public func atomFile() -> ReportFile {
        let names = namesForPeople
        let entries = incidents.prefix(50).map { $0.naming(names) }
        var xml = HTML()
        xml.literal("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n")
        xml.element("feed", ["xmlns": "http://www.w3.org/2005/Atom"]) { xml in
            xml.element("id", "urn:uuid:" + nameUUID("feed", baseURL ?? title))
            xml.element("title", xmlText("\(title): incidents"))
            let newest = entries.map { $0.updatedAt(generatedAt) }.max() ?? generatedAt
            xml.element("updated", newest.iso8601(fractionDigits: 0))
            xml.element("author") { $0.element("name", xmlText(title.isEmpty ? "Status" : title)) }
            xml.element("generator", ["version": TocsinVersion.current], "Tocsin")
            if let baseURL {
                let address = xmlText(baseURL)
                xml.empty(
                    "link", ["rel": "self", "type": "application/atom+xml", "href": address + "/history.atom"],
                    isSVG: true)
                xml.empty("link", ["rel": "alternate", "type": "text/html", "href": address + "/"], isSVG: true)
            }
            for incident in entries { write(incident, to: &xml) }
        }
        xml.literal("\n")
        return ReportFile(path: "history.atom", contentType: "application/atom+xml; charset=utf-8", bytes: xml.bytes)
    }

    private func write(_ incident: Incident, to xml: inout HTML) {
        xml.element("entry") { xml in
            xml.element("id", "urn:uuid:" + incident.uuid)
            xml.element("title", xmlText(incident.title))
            xml.element("published", incident.createdAt.iso8601(fractionDigits: 0))
            xml.element("updated", incident.updatedAt(generatedAt).iso8601(fractionDigits: 0))
            if let address = address(of: incident) {
                xml.empty("link", ["rel": "alternate", "type": "text/html", "href": xmlText(address)], isSVG: true)
            }
            let kind = incident.isMaintenance ? "maintenance" : incident.impact.rawValue
            xml.empty("category", ["term": kind], isSVG: true)
            var body = HTML()
            write(incident, asText: &body)
            xml.element("content", ["type": "html"], String(decoding: body.bytes, as: UTF8.self))
        }
    }

    /// The incident as HTML that readers show: the newest update first.
    private func write(_ incident: Incident, asText html: inout HTML) {
        if let window = incident.window {
            html.element("p", "Planned from \(people(window.lowerBound)) to \(people(window.upperBound)).")
        }
        if !incident.services.isEmpty {
            html.element("p", "Services: " + xmlText(incident.services.joined(separator: ", ")))
        }
        if let postMortem = incident.postMortem { write("Post-mortem", postMortem.text, postMortem.time, to: &html) }
        for update in incident.updates(at: generatedAt).reversed() {
            write(update.status.heading, update.text, update.time, to: &html)
        }
    }

    private func write(_ heading: String, _ text: String, _ time: Timestamp, to html: inout HTML) {
        html.element("p") { html in
            html.element("small", people(time))
            html.empty("br")
            html.element("strong", heading)
            html.text(" – ")
            for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            {
                if index > 0 { html.empty("br") }
                html.text(xmlText(String(line)))
            }
        }
    }

    /// A time in the report's zone: `2026-11-29 15:03 Europe/Berlin`.
    private func people(_ time: Timestamp) -> String {
        let offset = zone.offset(at: Int(time.secondsSinceEpoch.rounded(.down)))
        let local = (time + .seconds(offset)).iso8601(fractionDigits: 0)
        return "\(local.prefix(10)) \(local.dropFirst(11).prefix(5)) \(xmlText(zoneName))"
    }
}

extension Incident.Status {
    /// At the start of a line.
    var heading: String { text.prefix(1).uppercased() + text.dropFirst() }
}

extension Incident {
    /// The name of the incident for feeds and calendars, wherever they are read.
    var uuid: String { nameUUID("incident", id) }
}
