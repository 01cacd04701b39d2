import ArgumentParser
import Basics
import Glibc
import LocalCloud

/// The folder that `tocsin up --init` writes: commented files that work at once.
enum StarterFolder {
    /// Writes the files.
    /// - Throws: the usage error when one of them is there already: nothing is overwritten.
    static func write(to folder: String) throws {
        let taken = files.map(\.name).filter { access("\(folder)/\($0)", F_OK) == 0 }
        guard taken.isEmpty else {
            throw usageError("\(folder) has \(taken.joined(separator: ", ")) already; nothing was written.")
        }
        do throws(SystemError) {
            for (name, text) in files {
                let path = "\(folder)/\(name)"
                if let slash = path.lastIndex(of: "/") { try makeFolder(Files.absolute(String(path[..<slash]))) }
                try replaceFile(path, with: Array(text.utf8), draft: path + ".new", permissions: 0o666)
            }
        } catch {
            printError("Error: \(folder) cannot be written: \(error)")
            throw ExitCode.failure
        }
        try printLine("Written to \(folder): \(files.map(\.name).joined(separator: ", "))")
        try printLine("`tocsin up\(folder == "." ? "" : " \(folder)")` runs it; edit the files while it runs.")
    }

    /// Each file's name and text.
    static let files: [(name: String, text: String)] = [
        (
            "tocsin.yaml",
            """
            # What `tocsin up` runs. Edited files are read again while it runs; docs/tocsin-up.md has all keys.

            checks: checks.yaml             # endpoints in Gatus's format: a file, a list of files, or endpoints: here

            tests:                          # commands whose exit status 0 is a success
              - name: disk
                command: test "$(df --output=pcent / | tail -1 | tr -dc 0-9)" -lt 95 && echo enough room
                interval: 10s
                timeout: 5s
                groups: [machine]

            alarms: alarms.yaml             # rules of the alarm provisioner; without them an alarm for each service

            # Where messages go, beside the page's inbox. Real webhooks work; env:NAME keeps them out of this file.
            # notifications:
            #   outputs:
            #     ops: {kind: slack, url: "env:SLACK_WEBHOOK"}

            experiments: experiments/       # of Chaos Toolkit's format, for the page's buttons

            objectives:                     # promised shares of good results in per cent; the first that matches
              "shop/*": 99.5

            # maintenance:                  # what fails meanwhile does not count, and sends nothing
            #   - {start: "02:00", duration: 1h, timezone: Europe/Berlin, every: [Sunday], services: ["shop/*"]}

            history: {days: 90, size: 200MB}

            """
        ),
        (
            "checks.yaml",
            """
            # Gatus's format. $SITE is the example site that `tocsin up` serves; put your own addresses here.
            endpoints:
              - name: front-page
                group: shop
                url: $SITE/
                interval: 5s
                conditions: ["[STATUS] == 200", "[BODY] == pat(*Open*)", "[RESPONSE_TIME] < 500"]
              - name: search
                group: shop
                url: $SITE/search
                interval: 5s
                conditions: ["[STATUS] == 200", "[BODY].hits[0].stock > 0"]

            """
        ),
        (
            "alarms.yaml",
            """
            # Rules of the alarm provisioner: an alarm for each metric that matches.
            rules:
              - name: endpoint-down
                for: metric
                namespace: Monitoring/Uptime
                metric: success
                dimensions: {name: "*", group: "*", region: "*"}
                stat: Average
                threshold: "< 0.7"
                period: 10s
                missing: ignore             # between two results the state stays
                alarm-name: "{dimension:group}/{dimension:name} is down"
                description: Less than 70 % of the checks in ten seconds succeeded.
              - name: test-fails
                for: metric
                namespace: SLA-Monitor
                metric: integration-sla-success
                dimensions: {Service: "*", Region: "*"}
                stat: Average
                threshold: "< 0.7"
                period: 10s
                missing: ignore
                alarm-name: "{dimension:Service} fails"
                description: Less than 70 % of the tests in ten seconds succeeded.

            """
        ),
        (
            "experiments/search-outage.yaml",
            """
            # The search of the example site answers 503 for a while: who notices?
            title: The shop sells while its search is down
            description: The front page must stay up; checks, alarm and messages must tell of the outage.
            configuration:
              site: {type: env, key: SITE}
            steady-state-hypothesis:
              title: The front page answers
              probes:
                - type: probe
                  name: front-page
                  tolerance: 200
                  provider: {type: http, url: "${site}/", timeout: 3}
            method:
              - type: action
                name: break-search
                provider: {type: http, url: "${site}/faults/search", method: PUT, timeout: 3}
                pauses: {after: 20}
            rollbacks:
              - type: action
                name: repair-search
                provider: {type: http, url: "${site}/faults/search", method: DELETE, timeout: 3}

            """
        ),
    ]
}
