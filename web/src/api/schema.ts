// Written by web/api-types/write.mjs from the OpenAPI document. Do not edit.

export interface paths {
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List events */
        get: operations["list_events"];
        put?: never;
        /** Send events */
        post: operations["send_events_v1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{event_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an event */
        get: operations["get_event"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List acts on many runs */
        get: operations["list_bulk_acts"];
        put?: never;
        /** Act on many runs */
        post: operations["act_on_runs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/bulk/{bulk_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an act on many runs */
        get: operations["get_bulk_act"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List runs */
        get: operations["list_runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a run */
        get: operations["get_run"];
        put?: never;
        post?: never;
        /** Delete a run */
        delete: operations["delete_run"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a run's steps */
        get: operations["list_steps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/cancellation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a run */
        post: operations["cancel_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Pause a run */
        put: operations["pause_run"];
        post?: never;
        /** Resume a run */
        delete: operations["resume_run"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/dismissal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Dismiss a failure */
        put: operations["dismiss_run"];
        post?: never;
        /** Take a dismissal back */
        delete: operations["undismiss_run"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Move a run to another version */
        put: operations["move_run"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow a run */
        get: operations["stream_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow an agent */
        get: operations["stream_agent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow a task */
        get: operations["stream_task"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow the whole tenant */
        get: operations["stream_tenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/frames": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask for a run's frames */
        get: operations["list_run_frames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/frames": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask for an agent's frames */
        get: operations["list_agent_frames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/frames": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask for a task's frames */
        get: operations["list_task_frames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/frames": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Ask for the whole tenant's frames */
        get: operations["list_frames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replay a run */
        post: operations["replay_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find what an ending of an id names */
        get: operations["list_ids"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export a run's history */
        get: operations["get_run_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/signals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signal a run */
        post: operations["signal_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List functions */
        get: operations["list_functions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions/{function_id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a run */
        post: operations["start_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the state of the code */
        get: operations["show_code"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at the queue */
        get: operations["show_queue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List limits */
        get: operations["list_limits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/limits/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a limit */
        put: operations["set_limit"];
        post?: never;
        /** Take a changed limit back */
        delete: operations["reset_limit"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pauses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List pauses */
        get: operations["list_pauses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/functions/{function_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Pause a function */
        put: operations["pause_function"];
        post?: never;
        /** Resume a function */
        delete: operations["resume_function"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenant/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Pause the tenant */
        put: operations["pause_tenant"];
        post?: never;
        /** Resume the tenant */
        delete: operations["resume_tenant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List agents */
        get: operations["list_agents"];
        put?: never;
        /** Make an agent */
        post: operations["create_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an agent */
        get: operations["get_agent"];
        put?: never;
        post?: never;
        /** Delete an agent */
        delete: operations["delete_agent"];
        options?: never;
        head?: never;
        /** Change an agent */
        patch: operations["update_agent"];
        trace?: never;
    };
    "/v1/tasks/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Act on many tasks */
        post: operations["act_on_tasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/memory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List or search an agent's notes */
        get: operations["list_notes"];
        put?: never;
        /** Write a note for an agent */
        post: operations["create_note"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/memory/{note}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a note */
        get: operations["get_note"];
        put?: never;
        post?: never;
        /** Delete a note */
        delete: operations["delete_note"];
        options?: never;
        head?: never;
        /** Change a note */
        patch: operations["update_note"];
        trace?: never;
    };
    "/v1/agents/{agent}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Speak to an agent */
        post: operations["tell_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what was said to a run */
        get: operations["list_run_messages"];
        put?: never;
        /** Speak to the agent of a run */
        post: operations["tell_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run an agent without a card */
        post: operations["run_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an agent's revisions */
        get: operations["list_agent_revisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/revisions/{revision}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a revision */
        get: operations["get_agent_revision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compare two revisions */
        get: operations["diff_agent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go back to a revision */
        post: operations["roll_back_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause an agent */
        post: operations["pause_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume an agent */
        post: operations["resume_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Archive an agent */
        post: operations["archive_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/unarchive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take an agent back */
        post: operations["unarchive_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What waits for an agent */
        get: operations["list_agent_queue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/triggers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what starts an agent */
        get: operations["list_agent_triggers"];
        put?: never;
        /** Give an agent a trigger */
        post: operations["create_agent_trigger"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/triggers/{trigger}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take a trigger away */
        delete: operations["delete_agent_trigger"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List skills */
        get: operations["list_skills"];
        put?: never;
        /** Add a version of a skill */
        post: operations["create_skill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skills/{skill}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a skill */
        get: operations["get_skill"];
        put?: never;
        post?: never;
        /** Delete a skill */
        delete: operations["delete_skill"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skills/{skill}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the versions of a skill */
        get: operations["list_skill_versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skills/{skill}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a file of a skill */
        get: operations["get_skill_file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skills/{skill}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compare two versions of a skill */
        get: operations["diff_skill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skills/{skill}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export a skill */
        get: operations["export_skill"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skills/{skill}/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the agents that have a skill */
        get: operations["list_skill_agents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skills/{skill}/deprecation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Deprecate a skill */
        put: operations["deprecate_skill"];
        post?: never;
        /** Take a deprecation back */
        delete: operations["undeprecate_skill"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skill_imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import a skill */
        post: operations["import_skill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/skills/{skill}/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Share a skill */
        post: operations["share_skill"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shared_skills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List shared skills */
        get: operations["list_shared_skills"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shared_skills/{share}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Stop sharing a skill */
        delete: operations["unshare_skill"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tools */
        get: operations["list_tools"];
        put?: never;
        /** Describe a call over HTTP */
        post: operations["create_tool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tools/{tool}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a tool */
        get: operations["get_tool"];
        put?: never;
        post?: never;
        /** Remove a call over HTTP */
        delete: operations["delete_tool"];
        options?: never;
        head?: never;
        /** Change a call over HTTP */
        patch: operations["update_tool"];
        trace?: never;
    };
    "/v1/tools/{tool}/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Call a tool once */
        post: operations["test_tool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tool_imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import an OpenAPI document */
        post: operations["import_tools"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mcp_servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List MCP servers */
        get: operations["list_mcp_servers"];
        put?: never;
        /** Add an MCP server */
        post: operations["create_mcp_server"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mcp_servers/{server}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an MCP server */
        get: operations["get_mcp_server"];
        put?: never;
        post?: never;
        /** Remove an MCP server */
        delete: operations["delete_mcp_server"];
        options?: never;
        head?: never;
        /** Change an MCP server */
        patch: operations["update_mcp_server"];
        trace?: never;
    };
    "/v1/mcp_servers/{server}/listings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask an MCP server what it offers */
        post: operations["refresh_mcp_server"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mcp_servers/{server}/tools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List an MCP server's tools */
        get: operations["list_mcp_tools"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mcp_servers/{server}/tools/{tool}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Accept an MCP server's tool */
        patch: operations["decide_mcp_tool"];
        trace?: never;
    };
    "/v1/web_access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show web access */
        get: operations["get_web_access"];
        /** Set web access */
        put: operations["set_web_access"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tasks */
        get: operations["list_tasks"];
        put?: never;
        /** Make a task */
        post: operations["create_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a task */
        get: operations["get_task"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change a task */
        patch: operations["update_task"];
        trace?: never;
    };
    "/v1/tasks/{key}/assignee": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Assign a task */
        put: operations["assign_task"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/column": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Move a task */
        put: operations["move_task"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a task's changes */
        get: operations["list_activity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/checklist": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a checklist item */
        post: operations["create_checklist_item"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/checklist/{item}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a checklist item */
        delete: operations["delete_checklist_item"];
        options?: never;
        head?: never;
        /** Change a checklist item */
        patch: operations["update_checklist_item"];
        trace?: never;
    };
    "/v1/tasks/{key}/dependencies/{on}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Let a task wait for another */
        put: operations["add_dependency"];
        post?: never;
        /** Let a task no longer wait for another */
        delete: operations["remove_dependency"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Archive a task */
        put: operations["archive_task"];
        post?: never;
        /** Take a task out of the archive */
        delete: operations["unarchive_task"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/boards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List boards */
        get: operations["list_boards"];
        put?: never;
        /** Make a board */
        post: operations["create_board"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/boards/{board}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a board */
        get: operations["get_board"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change a board */
        patch: operations["update_board"];
        trace?: never;
    };
    "/v1/boards/{board}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Archive a board */
        put: operations["archive_board"];
        post?: never;
        /** Take a board out of the archive */
        delete: operations["unarchive_board"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/boards/{board}/cards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a board's cards in short */
        get: operations["list_cards"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/boards/{board}/columns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a column */
        post: operations["create_column"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/boards/{board}/columns/{column}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a column */
        delete: operations["delete_column"];
        options?: never;
        head?: never;
        /** Change a column */
        patch: operations["update_column"];
        trace?: never;
    };
    "/v1/boards/{board}/labels/{label}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Make or recolour a label */
        put: operations["set_label"];
        post?: never;
        /** Delete a label */
        delete: operations["delete_label"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/boards/{board}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export a board's tasks */
        get: operations["export_board"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/boards/{board}/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import tasks */
        post: operations["import_tasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a task's comments */
        get: operations["list_comments"];
        put?: never;
        /** Comment on a task */
        post: operations["create_comment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/comments/{comment}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a comment */
        get: operations["get_comment"];
        put?: never;
        post?: never;
        /** Delete a comment */
        delete: operations["delete_comment"];
        options?: never;
        head?: never;
        /** Change a comment */
        patch: operations["update_comment"];
        trace?: never;
    };
    "/v1/tasks/{key}/watchers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who watches a task */
        get: operations["list_watchers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/watchers/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Watch a task */
        put: operations["watch_task"];
        post?: never;
        /** Stop watching a task */
        delete: operations["unwatch_task"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/attachments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a task's attachments */
        get: operations["list_attachments"];
        put?: never;
        /** Attach something to a task */
        post: operations["create_attachment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/attachments/{attachment}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take an attachment off a task */
        delete: operations["delete_attachment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/filters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List saved filters */
        get: operations["list_filters"];
        put?: never;
        /** Save a filter */
        post: operations["create_filter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/filters/{filter}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a saved filter */
        get: operations["get_filter"];
        put?: never;
        post?: never;
        /** Delete a saved filter */
        delete: operations["delete_filter"];
        options?: never;
        head?: never;
        /** Change a saved filter */
        patch: operations["update_filter"];
        trace?: never;
    };
    "/v1/inbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's inbox */
        get: operations["list_inbox"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbox/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mark items as read */
        post: operations["read_inbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbox/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Archive items */
        post: operations["archive_inbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbox/snooze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put items off */
        post: operations["snooze_inbox"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbox/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what the caller gets by mail */
        get: operations["get_inbox_settings"];
        /** Choose what to get by mail */
        put: operations["set_inbox_settings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbox/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow the caller's inbox */
        get: operations["stream_inbox"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{key}/tree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the tree below a task */
        get: operations["get_task_tree"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List teams */
        get: operations["list_teams"];
        put?: never;
        /** Make a team */
        post: operations["create_team"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/teams/{team}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a team */
        get: operations["get_team"];
        put?: never;
        post?: never;
        /** Take a team away */
        delete: operations["delete_team"];
        options?: never;
        head?: never;
        /** Change a team */
        patch: operations["update_team"];
        trace?: never;
    };
    "/v1/teams/{team}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a team's revisions */
        get: operations["list_team_revisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/teams/{team}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Roll a team back */
        post: operations["roll_back_team"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/questions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List questions */
        get: operations["list_questions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/questions/{question}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a question */
        get: operations["get_question"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/questions/{question}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a question */
        post: operations["answer_question"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users */
        get: operations["list_users"];
        put?: never;
        /** Add a user */
        post: operations["create_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sign_ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in */
        post: operations["sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show who is signed in */
        get: operations["get_session"];
        put?: never;
        post?: never;
        /** Sign out */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/tenant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Switch to another tenant */
        put: operations["switch_tenant"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List one's own sessions */
        get: operations["list_sessions"];
        put?: never;
        post?: never;
        /** Sign out everywhere */
        delete: operations["sign_out_everywhere"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a session */
        delete: operations["end_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/account/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change one's password */
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/account/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Confirm a second factor */
        put: operations["confirm_totp"];
        /** Begin a second factor */
        post: operations["begin_totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/account/totp/removals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the second factor away */
        post: operations["remove_totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/account/recovery_codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make new recovery codes */
        post: operations["renew_recovery_codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List people */
        get: operations["list_people"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/people/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show somebody */
        get: operations["get_person"];
        put?: never;
        post?: never;
        /** Remove somebody */
        delete: operations["remove_person"];
        options?: never;
        head?: never;
        /** Change somebody's role */
        patch: operations["update_person"];
        trace?: never;
    };
    "/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List invitations */
        get: operations["list_invitations"];
        put?: never;
        /** Invite somebody */
        post: operations["create_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an invitation */
        delete: operations["revoke_invitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitation_acceptances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accept an invitation */
        post: operations["accept_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/password_resets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Offer a new password */
        post: operations["create_password_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List approvals */
        get: operations["list_approvals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count approvals */
        get: operations["count_approvals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decide several approvals */
        post: operations["decide_approvals"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals/{approval_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an approval */
        get: operations["get_approval"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approvals/{approval_id}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decide an approval */
        post: operations["decide_approval"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approval_delegations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List delegations of approvals */
        get: operations["list_approval_delegations"];
        put?: never;
        /** Hand your approvals on */
        post: operations["create_approval_delegation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/approval_delegations/{delegation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a delegation of approvals */
        delete: operations["end_approval_delegation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List grants */
        get: operations["list_grants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/grants/{grant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a grant */
        get: operations["get_grant"];
        put?: never;
        post?: never;
        /** Revoke a grant */
        delete: operations["revoke_grant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List policies */
        get: operations["list_policies"];
        put?: never;
        /** Make a policy */
        post: operations["create_policy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/published": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List policies in code */
        get: operations["list_published_policies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policies/{policy}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a policy */
        get: operations["get_policy"];
        put?: never;
        post?: never;
        /** Delete a policy */
        delete: operations["delete_policy"];
        options?: never;
        head?: never;
        /** Change a policy */
        patch: operations["update_policy"];
        trace?: never;
    };
    "/v1/policies/{policy}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a policy's revisions */
        get: operations["list_policy_revisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List alerts */
        get: operations["list_alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alert_channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List alert channels */
        get: operations["list_alert_channels"];
        put?: never;
        /** Add an alert channel */
        post: operations["create_alert_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alert_channels/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete an alert channel */
        delete: operations["delete_alert_channel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alert_channels/{name}/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Test an alert channel */
        post: operations["test_alert_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alert_rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List alert rules */
        get: operations["list_alert_rules"];
        put?: never;
        /** Add an alert rule */
        post: operations["create_alert_rule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alert_rules/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete an alert rule */
        delete: operations["delete_alert_rule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Report what model calls used and cost */
        get: operations["get_usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show prices */
        get: operations["list_prices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prices/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set a price */
        put: operations["set_price"];
        post?: never;
        /** Take a price back */
        delete: operations["delete_price"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List budgets */
        get: operations["list_budgets"];
        put?: never;
        /** Make a budget */
        post: operations["create_budget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/budgets/{budget}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a budget */
        get: operations["get_budget"];
        put?: never;
        post?: never;
        /** Delete a budget */
        delete: operations["delete_budget"];
        options?: never;
        head?: never;
        /** Change a budget */
        patch: operations["update_budget"];
        trace?: never;
    };
    "/v1/budgets/{budget}/spending": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show who uses a budget */
        get: operations["list_spending"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/budgets/{budget}/raises": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Raise a budget */
        post: operations["raise_budget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/model_limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List limits of models */
        get: operations["list_model_limits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/model_limits/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set a model's limit */
        put: operations["set_model_limit"];
        post?: never;
        /** Delete a model's limit */
        delete: operations["delete_model_limit"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List secrets */
        get: operations["list_secrets"];
        put?: never;
        /** Set a secret */
        post: operations["set_secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/secrets/{secret}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a secret */
        get: operations["get_secret"];
        put?: never;
        post?: never;
        /** Delete a secret */
        delete: operations["delete_secret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/secrets/{secret}/versions/{version}/retirement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Retire a version of a secret */
        post: operations["retire_secret_version"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rate_limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how fast the tenant may ask */
        get: operations["show_rate_limits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rate_limits/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set how fast a tenant may ask */
        put: operations["set_rate_limits"];
        post?: never;
        /** Reset how fast a tenant may ask */
        delete: operations["reset_rate_limits"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what is kept how long */
        get: operations["get_retention"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change what is kept how long */
        patch: operations["set_retention"];
        trace?: never;
    };
    "/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tenants */
        get: operations["list_tenants"];
        put?: never;
        /** Make a tenant */
        post: operations["create_tenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a tenant */
        get: operations["get_tenant"];
        put?: never;
        post?: never;
        /** Delete a tenant */
        delete: operations["delete_tenant"];
        options?: never;
        head?: never;
        /** Rename a tenant */
        patch: operations["rename_tenant"];
        trace?: never;
    };
    "/v1/tenants/{tenant}/suspension": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Suspend a tenant */
        put: operations["suspend_tenant"];
        post?: never;
        /** Let a suspended tenant go on */
        delete: operations["unsuspend_tenant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export a tenant */
        get: operations["export_tenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List API keys */
        get: operations["list_keys"];
        put?: never;
        /** Make an API key */
        post: operations["create_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an API key */
        get: operations["get_key"];
        put?: never;
        post?: never;
        /** Revoke an API key */
        delete: operations["revoke_key"];
        options?: never;
        head?: never;
        /** Rename an API key, or change its scopes */
        patch: operations["update_key"];
        trace?: never;
    };
    "/v1/keys/{key}/rotation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an API key a new value */
        post: operations["rotate_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show who is asking */
        get: operations["whoami"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search the audit log */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/heads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the signed heads of the audit log */
        get: operations["list_audit_heads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/anchors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List where heads are kept outside */
        get: operations["list_audit_anchors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the keys that sign the audit log */
        get: operations["list_audit_keys"];
        put?: never;
        /** Change the key that signs the audit log */
        post: operations["rotate_audit_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/consistency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prove that one head follows from another */
        get: operations["compare_audit_heads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export the audit log */
        get: operations["export_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow the audit log live */
        get: operations["stream_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/{entry}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an audit entry with its proof */
        get: operations["get_audit_entry"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List erasures */
        get: operations["list_erasures"];
        put?: never;
        /** Look for what is held about a person */
        post: operations["create_erasure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{erasure_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an erasure */
        get: operations["get_erasure"];
        put?: never;
        post?: never;
        /** Drop an erasure that was not confirmed */
        delete: operations["discard_erasure"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/erasures/{erasure_id}/confirmation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Erase what was found */
        post: operations["confirm_erasure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subject_exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Export what is held about a person */
        post: operations["export_subject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhook endpoints */
        get: operations["list_webhook_endpoints"];
        put?: never;
        /** Add a webhook endpoint */
        post: operations["create_webhook_endpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_endpoints/{endpoint}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a webhook endpoint */
        get: operations["get_webhook_endpoint"];
        put?: never;
        post?: never;
        /** Delete a webhook endpoint */
        delete: operations["delete_webhook_endpoint"];
        options?: never;
        head?: never;
        /** Change a webhook endpoint */
        patch: operations["update_webhook_endpoint"];
        trace?: never;
    };
    "/v1/webhook_endpoints/{endpoint}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a webhook endpoint a new signing key */
        post: operations["rotate_webhook_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_endpoints/{endpoint}/pings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test delivery */
        post: operations["ping_webhook_endpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List webhook deliveries */
        get: operations["list_webhook_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_deliveries/{delivery}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a webhook delivery */
        get: operations["get_webhook_delivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook_deliveries/{delivery}/redeliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a webhook delivery again */
        post: operations["redeliver_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The token of the link, with a name and a password of one's own; with those of the account, where the address has one. */
        AcceptanceIn: {
            token: string;
            /** @description Their password. */
            password: string;
            /** @description How cards and logs call them. */
            name?: string | null;
            /** @description Of the app or a recovery code, where the account has a second factor. */
            code?: string | null;
        };
        AcceptedEvents: {
            data: components["schemas"]["EventOut"][];
        };
        /** @description Who has joined, and is signed in. */
        AcceptedOut: {
            account: string;
        };
        /** @description One change of a task: who did what. */
        ActivityOut: {
            id: string;
            actor: string;
            /** @enum {string} */
            actor_kind: "person" | "agent" | "key" | "system";
            /** @enum {string} */
            action: "created" | "moved" | "assigned" | "commented" | "updated" | "comment_edited" | "comment_deleted" | "attached" | "detached";
            detail: {
                [key: string]: unknown;
            };
            created_at: string;
        };
        /** @description Changes, oldest first. */
        ActivityPage: {
            data: components["schemas"]["ActivityOut"][];
            next_cursor?: string | null;
        };
        /** @description What becomes of the work that the agent has in hand; without either, such work refuses the archive. */
        AgentArchiveIn: {
            /** @description An agent that gets its cards. */
            reassign_to?: string | null;
            /**
             * @description Cancel its runs and take its cards from everybody.
             * @default false
             */
            cancel?: boolean;
        };
        /**
         * @description A named identity with a model, instructions, skills and tools: one model of it for code, YAML and the API.
         *
         *     `description` says to people and to other agents what it is for. `skills` may be pinned (`review@3`). `approval` overrides for single
         *     tools whether a person is asked first; `done_column` is where a finished card goes. `output` is the JSON Schema that its results
         *     satisfy. `concurrency` bounds how many of its runs work at once. With `memory` it can keep notes. `delegates_to` names the agents
         *     that it may give work to.
         */
        AgentDefinition: {
            /** @description lower-case letters, digits and hyphens */
            name: string;
            /** @description LiteLLM's name */
            model: string;
            /** @default  */
            instructions?: string;
            /** @default [] */
            skills?: string[];
            /** @default [] */
            tools?: string[];
            /** @default {} */
            approval?: {
                [key: string]: boolean;
            };
            /** @default Review */
            done_column?: string;
            /** @default  */
            description?: string;
            /** @default {} */
            model_settings?: {
                [key: string]: unknown;
            };
            /** @default [] */
            fallbacks?: string[];
            output?: {
                [key: string]: unknown;
            } | null;
            /**
             * @default {
             *       "on_limit": "fail"
             *     }
             */
            limits?: components["schemas"]["AgentLimits-Output"];
            budget?: string | null;
            concurrency?: number | null;
            /** @default false */
            memory?: boolean;
            /** @default [] */
            delegates_to?: string[];
            /** @default [] */
            mcp_servers?: string[];
            /** @description how often an answer that does not fit is asked for again; 1 unless given */
            retries?: number | null;
        };
        /** @description An agent to make. `note` says why, and is kept with its first revision. */
        AgentIn: {
            /** @description lower-case letters, digits and hyphens */
            name: string;
            /** @description LiteLLM's name */
            model: string;
            /** @default  */
            instructions?: string;
            /** @default [] */
            skills?: string[];
            /** @default [] */
            tools?: string[];
            /** @default {} */
            approval?: {
                [key: string]: boolean;
            };
            /** @default Review */
            done_column?: string;
            /** @default  */
            description?: string;
            /** @default {} */
            model_settings?: {
                [key: string]: unknown;
            };
            /** @default [] */
            fallbacks?: string[];
            output?: {
                [key: string]: unknown;
            } | null;
            /**
             * @default {
             *       "on_limit": "fail"
             *     }
             */
            limits?: components["schemas"]["AgentLimits-Input"];
            budget?: string | null;
            concurrency?: number | null;
            /** @default false */
            memory?: boolean;
            /** @default [] */
            delegates_to?: string[];
            /** @default [] */
            mcp_servers?: string[];
            /** @description how often an answer that does not fit is asked for again; 1 unless given */
            retries?: number | null;
            /** @description Why; kept with the revision. */
            note?: string | null;
        };
        /** @description What one run of an agent may take; None is no limit. What happens at a limit: the run fails, or a person is asked for more. */
        "AgentLimits-Input": {
            /** @description model requests; 200 unless given */
            turns?: number | null;
            tool_calls?: number | null;
            /** @description US dollars */
            money?: number | string | null;
            /** @description of work; waiting does not count */
            wall_time?: string | null;
            /**
             * @default fail
             * @enum {string}
             */
            on_limit?: "fail" | "ask";
        };
        /** @description What one run of an agent may take; None is no limit. What happens at a limit: the run fails, or a person is asked for more. */
        "AgentLimits-Output": {
            /** @description model requests; 200 unless given */
            turns?: number | null;
            tool_calls?: number | null;
            /** @description US dollars */
            money?: string | null;
            /** @description of work; waiting does not count */
            wall_time?: string | null;
            /**
             * @default fail
             * @enum {string}
             */
            on_limit?: "fail" | "ask";
        };
        /** @description Something to say to an agent. Without a `task` it works on one thing only, and that is meant. */
        AgentMessageIn: {
            /** @description What the agent reads at its next turn. */
            text: string;
            /** @description Of its tasks the one that is meant: `FF-12`. */
            task?: string | null;
        };
        /**
         * @description An agent. `status` follows from its runs and says in `status_reason` and, as a sentence, in `status_text` why; `seq` is the id of
         *     the newest frame of its stream that this answer includes.
         */
        AgentOut: {
            /** @description lower-case letters, digits and hyphens */
            name: string;
            /** @description LiteLLM's name */
            model: string;
            /** @default  */
            instructions?: string;
            /** @default [] */
            skills?: string[];
            /** @default [] */
            tools?: string[];
            /** @default {} */
            approval?: {
                [key: string]: boolean;
            };
            /** @default Review */
            done_column?: string;
            /** @default  */
            description?: string;
            /** @default {} */
            model_settings?: {
                [key: string]: unknown;
            };
            /** @default [] */
            fallbacks?: string[];
            output?: {
                [key: string]: unknown;
            } | null;
            /**
             * @default {
             *       "on_limit": "fail"
             *     }
             */
            limits?: components["schemas"]["AgentLimits-Output"];
            budget?: string | null;
            concurrency?: number | null;
            /** @default false */
            memory?: boolean;
            /** @default [] */
            delegates_to?: string[];
            /** @default [] */
            mcp_servers?: string[];
            /** @description how often an answer that does not fit is asked for again; 1 unless given */
            retries?: number | null;
            id: string;
            /** @enum {string} */
            status: "running" | "waiting" | "queued" | "paused" | "archived" | "error" | "idle";
            status_reason: components["schemas"]["StatusReasonOut"];
            status_text: string;
            task: string | null;
            run: string | null;
            /** @description Runs that wait for their turn, counted up to a thousand. */
            queued: number;
            /** @description US dollars since midnight UTC; null when a price is not known. */
            cost_today: string | null;
            /** @description Of its budget, in US dollars, in the day or month that is now. */
            budget_used: string | null;
            /** @description The app whose code defines it; such a definition is changed there. */
            owned_by: string | null;
            revision: number;
            paused_at: string | null;
            archived_at: string | null;
            created_at: string;
            updated_at: string;
            seq: number;
        };
        /** @description Agents by name. */
        AgentPage: {
            data: components["schemas"]["AgentOut"][];
            next_cursor?: string | null;
        };
        /**
         * @description A JSON merge patch (RFC 7396): what is given replaces, null puts back to the default, what is left out stays.
         *
         *     `note` is not merged: it says why, and is kept with the revision.
         */
        AgentPatch: {
            name?: string | null;
            model?: string | null;
            description?: string | null;
            instructions?: string | null;
            skills?: string[] | null;
            tools?: string[] | null;
            mcp_servers?: string[] | null;
            /** @description Tool names; true asks a person first. */
            approval?: {
                [key: string]: boolean | null;
            } | null;
            done_column?: string | null;
            model_settings?: {
                [key: string]: unknown;
            } | null;
            fallbacks?: string[] | null;
            output?: {
                [key: string]: unknown;
            } | null;
            /** @description turns, tool_calls, money, wall_time, on_limit. */
            limits?: {
                [key: string]: unknown;
            } | null;
            budget?: string | null;
            concurrency?: number | null;
            memory?: boolean | null;
            delegates_to?: string[] | null;
            retries?: number | null;
            /** @description Why; kept with the revision. */
            note?: string | null;
        };
        /** @description Why, and how soon. */
        AgentPauseIn: {
            /** @description Shown with the agent and with what waits for it. */
            reason?: string | null;
            /**
             * @description Cancel the steps in hand too; one with an effect then asks whether it has happened.
             * @default false
             */
            stop?: boolean;
        };
        /** @description Runs in the order in which they get their turn. */
        AgentQueuePage: {
            data: components["schemas"]["QueuedRunOut"][];
            next_cursor?: string | null;
        };
        /** @description One revision; `made_by` is null for one that was made before this was noted. */
        AgentRevisionOut: {
            revision: number;
            definition: components["schemas"]["AgentDefinition"];
            made_by: string | null;
            made_by_kind: string | null;
            note: string | null;
            created_at: string;
        };
        /** @description Revisions, the newest first. */
        AgentRevisionPage: {
            data: components["schemas"]["AgentRevisionOut"][];
            next_cursor?: string | null;
        };
        /** @description To which revision, and why. */
        AgentRollbackIn: {
            revision: number;
            /** @description Why; kept with the revision. */
            note?: string | null;
        };
        /** @description What the agent is to do, without a card. */
        AgentRunIn: {
            /** @description What it is told, in words; up to 100,000 characters. */
            prompt: string;
            /** @description A JSON Schema that its answer has to fit. */
            output?: {
                [key: string]: unknown;
            } | null;
            /** @description US dollars that its model calls may cost. */
            budget?: string | null;
        };
        /** @description A trigger to give. */
        AgentTriggerIn: {
            event?: string | null;
            cron?: string | null;
            /** @default UTC */
            tz?: string;
            /**
             * @default one
             * @enum {string}
             */
            catch_up?: "skip" | "one" | "all";
            /** @description POST /hooks/<name> */
            webhook?: string | null;
            /** @description How its deliveries are signed; by its name unless given. */
            scheme?: ("standard" | "github" | "stripe" | "slack" | "none") | null;
            /** @description The variable of the server's environment with its secret. */
            secret_env?: string | null;
            if?: string | null;
            /**
             * @default task
             * @enum {string}
             */
            makes?: "task" | "run";
            title?: string | null;
            description?: string | null;
            prompt?: string | null;
        };
        /** @description A trigger of an agent: what it was given, by whom and when. */
        AgentTriggerOut: {
            event?: string | null;
            cron?: string | null;
            /** @default UTC */
            tz?: string;
            /**
             * @default one
             * @enum {string}
             */
            catch_up?: "skip" | "one" | "all";
            /** @description POST /hooks/<name> */
            webhook?: string | null;
            /** @description How its deliveries are signed; by its name unless given. */
            scheme?: ("standard" | "github" | "stripe" | "slack" | "none") | null;
            /** @description The variable of the server's environment with its secret. */
            secret_env?: string | null;
            if?: string | null;
            /**
             * @default task
             * @enum {string}
             */
            makes?: "task" | "run";
            title?: string | null;
            description?: string | null;
            prompt?: string | null;
            id: string;
            created_by: string;
            created_at: string;
        };
        /** @description Triggers, the oldest first. */
        AgentTriggerPage: {
            data: components["schemas"]["AgentTriggerOut"][];
            next_cursor?: string | null;
        };
        /** @description One message to one channel. `due` is null once it was delivered or given up; then `error` says which. */
        AlertDeliveryOut: {
            channel: string;
            event: string;
            attempt: number;
            due: string | null;
            delivered_at: string | null;
            error: string | null;
        };
        /** @description Something that is wrong, or was: `resolved_at` is null while it is. */
        AlertOut: {
            id: string;
            rule: string;
            kind: string;
            subject: string;
            summary: string;
            value: number;
            count: number;
            opened_at: string;
            last_seen_at: string;
            resolved_at: string | null;
            deliveries: components["schemas"]["AlertDeliveryOut"][];
        };
        /** @description Alerts, newest first. */
        AlertPage: {
            data: components["schemas"]["AlertOut"][];
            next_cursor?: string | null;
        };
        /** @description How calls of the same tool were decided lately: of the same agent, and with arguments of the same names and types. */
        AlikeOut: {
            agent_approved: number;
            agent_denied: number;
            shape_approved: number;
            shape_denied: number;
            days: number;
        };
        /** @description A place outside that keeps heads: all of them up to `size`. `error` says why the last of `attempts` failed. */
        AnchorOut: {
            name: string;
            size: number;
            attempts: number;
            error: string | null;
            updated_at: string;
        };
        /** @description Anchors by name. */
        AnchorPage: {
            data: components["schemas"]["AnchorOut"][];
            next_cursor?: string | null;
        };
        /** @description The answer; where there are options, one of them by its words or its number. */
        AnswerIn: {
            answer: string;
        };
        /** @description Why a function ran for this event, or did not. `trigger` is the one that decided, in words. */
        AnswerOut: {
            function: string;
            /** @enum {string} */
            outcome: "ran" | "skipped" | "pending" | "filtered" | "filter_failed" | "flow_control" | "published_later" | "other_name" | "no_run";
            reason: string | null;
            trigger: string | null;
            runs: string[];
        };
        /**
         * @description A gated act: exactly what is asked for, by whom and why, who may decide, and what became of it.
         *
         *     `hash` is what a decision is bound to: the SHA-256 of tool, effect, schema and arguments as canonical JSON, of the `proposal` where
         *     somebody has edited the arguments. `arguments_hash` is that of the stored text alone. `reason` is the policy's; `said` are the model's
         *     own words, and nothing else is. `taint` says where untrusted content came from that the agent has read. `needed` different people of
         *     these `roles`, or of these `people`, must approve; empty lists mean everybody who decides approvals.
         */
        ApprovalOut: {
            id: string;
            /** @enum {string} */
            state: "pending" | "approved" | "denied" | "expired";
            tool: string;
            arguments: {
                [key: string]: unknown;
            };
            arguments_hash: string;
            hash: string;
            proposal: {
                [key: string]: unknown;
            } | null;
            schema: {
                [key: string]: unknown;
            } | null;
            effect: string;
            reversible: boolean | null;
            consequence: string | null;
            reason: string | null;
            rule: string | null;
            said: string | null;
            tainted: boolean;
            taint: string[];
            agent: string | null;
            task: string | null;
            run: string;
            requester: string | null;
            supersedes: string | null;
            cost_so_far: string | null;
            needed: number;
            roles: string[];
            people: string[];
            not_requester: boolean;
            grantable: boolean | null;
            votes: components["schemas"]["VoteOut"][];
            created_at: string;
            expires_at: string | null;
            reminded_at: string | null;
            escalated_at: string | null;
            decided_by: string | null;
            decision: components["schemas"]["DecisionOut"] | null;
            /** @description Only where one approval is asked for. */
            alike?: components["schemas"]["AlikeOut"] | null;
        };
        /** @description Approvals, oldest first. */
        ApprovalPage: {
            data: components["schemas"]["ApprovalOut"][];
            next_cursor?: string | null;
        };
        /** @description An agent, a person or a team, by name: a team's card is its lead's; none means nobody. */
        AssigneeIn: {
            agent?: string | null;
            user?: string | null;
            team?: string | null;
            /**
             * @description Whether an agent starts as soon as it can. If not, it is parked until the card is moved.
             * @default true
             */
            start?: boolean;
        };
        /** @description A reference: a `url`, or a `blob` that a `run` has stored. No bytes are taken, and none are fetched. */
        AttachmentIn: {
            /** @description One line, up to 200 characters. */
            name: string;
            /** @default application/octet-stream */
            media_type?: string;
            /** @description http or https, without user and password. */
            url?: string | null;
            /** @description Whose blob it is. */
            run?: string | null;
            /** @description Its id; size and hash are read from it. */
            blob?: string | null;
            /** @description In bytes. */
            size?: number | null;
            /** @description In hex. */
            sha256?: string | null;
        };
        /** @description What belongs to a task and lies elsewhere: at a `url`, or as a `blob` of a `run`. `size` is in bytes. */
        AttachmentOut: {
            id: string;
            name: string;
            media_type: string;
            size: number | null;
            sha256: string | null;
            url: string | null;
            run: string | null;
            blob: string | null;
            added_by: string;
            /** @enum {string} */
            added_by_kind: "person" | "agent" | "key" | "system";
            created_at: string;
        };
        /** @description Attachments in the order in which they were added; all of them. */
        AttachmentPage: {
            data: components["schemas"]["AttachmentOut"][];
            next_cursor?: string | null;
        };
        /** @description One attempt. `status` is null where no answer came; `answer` is its first 1,024 bytes at most, without secrets. */
        AttemptOut: {
            attempt: number;
            started_at: string;
            ms: number;
            status: number | null;
            answer: string | null;
            error: string | null;
        };
        /** @description One act. `position` is its place in the tree, null for about a second after the act; `erased` names what was erased of it. */
        AuditEntryOut: {
            id: string;
            position: number | null;
            at: string;
            principal: components["schemas"]["WhoOut"];
            action: string;
            target: components["schemas"]["WhatOut"];
            detail: {
                [key: string]: unknown;
            } | null;
            request_id: string | null;
            erased: ("principal" | "target" | "detail")[];
        };
        /** @description Entries, the newest first. */
        AuditEntryPage: {
            data: components["schemas"]["AuditEntryOut"][];
            next_cursor?: string | null;
        };
        /** @description A public key that signs heads, introduced by the one before it. It is valid until the next one's introduction. */
        AuditKeyOut: {
            /** @constant */
            type: "key";
            id: string;
            /** @description 32 bytes in hex. */
            public_key: string;
            introduction: string;
            signature: string;
            valid_from: string;
            valid_until: string | null;
        };
        /** @description Keys, the first first. */
        AuditKeyPage: {
            data: components["schemas"]["AuditKeyOut"][];
            next_cursor?: string | null;
        };
        /** @description `Authorization: Basic …`: a user, and a password that is a secret. */
        Basic: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "basic";
            username: string;
            secret: string;
        };
        /** @description `Authorization: Bearer …`. */
        Bearer: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "bearer";
            secret: string;
        };
        /** @description The time of equal length before. */
        BeforeOut: {
            calls: number;
            cost: string | null;
        };
        /** @description A board to make; without columns it gets Backlog, Todo, Doing, Review and Done. */
        BoardIn: {
            name: string;
            /** @description What its keys begin with: 2 to 10 capital letters and digits, first a letter. */
            prefix: string;
            columns?: components["schemas"]["ColumnSettings"][];
        };
        /** @description A board with the names of its columns. */
        BoardInList: {
            id: string;
            name: string;
            prefix: string;
            columns: string[];
            created_at: string;
            archived_at: string | null;
        };
        /** @description A board with its columns, from left to right. `seq` counts what has changed on it; it is the ETag too. */
        BoardOut: {
            id: string;
            name: string;
            prefix: string;
            columns: components["schemas"]["ColumnOut"][];
            labels: components["schemas"]["LabelOut"][];
            seq: number;
            created_at: string;
            archived_at: string | null;
        };
        /** @description Boards in the order in which they were made. */
        BoardPage: {
            data: components["schemas"]["BoardInList"][];
            next_cursor?: string | null;
        };
        /** @description A JSON merge patch. The prefix can be changed while the board has no card. */
        BoardPatch: {
            name?: string | null;
            prefix?: string | null;
        };
        /** @description Brave's Search API. `secret` names the key. */
        Brave: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "brave";
            secret: string;
            /** @default https://api.search.brave.com/res/v1/web/search */
            url?: string;
        };
        /** @description A budget to make. Without a `subject`, each agent, function, task or run has the amount for itself. */
        BudgetIn: {
            name: string;
            /** @enum {string} */
            scope: "tenant" | "agent" | "function" | "task" | "run";
            /** @description A decimal string: US dollars, tokens or calls. */
            amount: string;
            /** @description An agent, a function, a task (`FF-12`) or a run; for runs also a function: each run of it. */
            subject?: string | null;
            /**
             * @default usd
             * @enum {string}
             */
            unit?: "usd" | "tokens" | "calls";
            /**
             * @description Days and months are UTC's; `total` has no end.
             * @default month
             * @enum {string}
             */
            period?: "day" | "month" | "total";
            /**
             * @description The share of it at which somebody is warned, above 0 and at most 1.
             * @default 0.8
             */
            warn_at?: string;
            /**
             * @description Beyond it a call fails, or waits until a person raises the budget.
             * @default fail
             * @enum {string}
             */
            over?: "fail" | "ask";
        };
        /**
         * @description A budget with what is used of it now. `reserved` is held by calls in flight, `raised` was added by people for this window.
         *
         *     With several `subjects` these are sums, `fullest` is the share that the fullest of them has used, and `left` is null.
         *     `unknown_calls` were sent and never answered: what they cost is not in `used`.
         */
        BudgetOut: {
            id: string;
            name: string;
            /** @enum {string} */
            scope: "tenant" | "agent" | "function" | "task" | "run";
            subject: string | null;
            /** @enum {string} */
            unit: "usd" | "tokens" | "calls";
            /** @enum {string} */
            period: "day" | "month" | "total";
            amount: string;
            warn_at: string;
            /** @enum {string} */
            over: "fail" | "ask";
            window_start: string | null;
            used: string;
            reserved: string;
            raised: string;
            left: string | null;
            unknown_calls: number;
            subjects: number;
            fullest: string;
            /** @enum {string} */
            state: "open" | "warning" | "exceeded";
            created_at: string;
            updated_at: string;
        };
        /** @description Budgets by name. */
        BudgetPage: {
            data: components["schemas"]["BudgetOut"][];
            next_cursor?: string | null;
        };
        /** @description What is left out stays as it is. What is used stays used. */
        BudgetPatch: {
            amount?: string | null;
            warn_at?: string | null;
            over?: ("fail" | "ask") | null;
        };
        /** @description A preview (`bulk` is null) or the act itself. `sample`: the newest runs that it meets. */
        BulkAnswer: {
            action: string;
            count: number;
            sample: string[];
            confirm: {
                [key: string]: unknown;
            };
            bulk: components["schemas"]["RunsActOut"] | null;
        };
        /** @description One decision of several. */
        BulkDecisionIn: {
            approved: boolean;
            /** @description The whole arguments; they must satisfy the tool's schema. */
            edited_args?: {
                [key: string]: unknown;
            } | null;
            reason?: string | null;
            /** @description The call's hash as you saw it: another one is 409. */
            hash?: string | null;
            grant?: components["schemas"]["GrantIn"] | null;
            /** @description The approval's id, or an ending of it that fits only one. */
            id: string;
        };
        /** @description The newest first. */
        BulkList: {
            data: components["schemas"]["RunsActOut"][];
            next_cursor?: string | null;
        };
        /** @description What became of one decision: the approval, or why it was refused, with the status that it would have had alone. */
        BulkResult: {
            id: string;
            status: number;
            approval: components["schemas"]["ApprovalOut"] | null;
            /** @description `title`, `detail`, `errors` and what the kind of error adds. */
            error: {
                [key: string]: unknown;
            } | null;
        };
        /** @description Another capacity. */
        CapacityIn: {
            /** @description How many at once, or starts in a period; 0 lets nobody through. */
            capacity: number;
        };
        /** @description A card in short, as a board shows it. `run` and `state` are those of its latest run. */
        CardOut: {
            id: string;
            key: string;
            title: string;
            column: string;
            position: string;
            assignee: {
                [key: string]: string;
            } | null;
            state: ("queued" | "running" | "sleeping" | "waiting" | "paused" | "completed" | "failed" | "cancelled" | "skipped") | null;
            /** @enum {string} */
            priority: "none" | "low" | "medium" | "high" | "urgent";
            labels: string[];
            due_at: string | null;
            parent: string | null;
            checklist: components["schemas"]["Counted"];
            children: components["schemas"]["Counted"];
            blocked_by: string[];
            waits: boolean;
            parked: boolean;
            run: string | null;
            cost: string | null;
            revision: number;
            created_at: string;
            updated_at: string;
        };
        /** @description Cards as they stand: column after column, in each from the top. */
        CardPage: {
            data: components["schemas"]["CardOut"][];
            next_cursor?: string | null;
        };
        /** @description How many items have changed. */
        ChangedOut: {
            changed: number;
        };
        /** @description A channel to add. */
        ChannelIn: {
            /** @description Small letters, digits, - and _; given once. */
            name: string;
            settings: components["schemas"]["WebhookSettings"] | components["schemas"]["SlackSettings"] | components["schemas"]["SmtpSettings"];
        };
        /** @description A channel. Secrets are named, never shown: they are in the environment of the servers and workers. */
        ChannelOut: {
            id: string;
            name: string;
            settings: {
                [key: string]: unknown;
            };
            created_at: string;
        };
        /** @description Channels by name. */
        ChannelPage: {
            data: components["schemas"]["ChannelOut"][];
            next_cursor?: string | null;
        };
        /** @description How the test went. */
        ChannelTestOut: {
            /** @description Whether the other side took the message. */
            delivered: boolean;
            /** @description Why not. */
            error: string | null;
            /** @description How long it took, in milliseconds. */
            ms: number;
        };
        /** @description A thing to be done: at the end of the list, or before or after another item. */
        ChecklistItemIn: {
            /** @description One line, up to 500 characters. */
            text: string;
            /** @default false */
            done?: boolean;
            /** @description An item's id. */
            before?: string | null;
            /** @description An item's id. */
            after?: string | null;
        };
        /** @description One thing to be done on a task. */
        ChecklistItemOut: {
            id: string;
            text: string;
            done: boolean;
        };
        /** @description What is given replaces; `before` or `after` puts the item elsewhere in the list. */
        ChecklistItemPatch: {
            text?: string | null;
            done?: boolean | null;
            before?: string | null;
            after?: string | null;
        };
        /** @description How many of a task's children are done, and what the runs of all below it cost; null where a price is unknown. */
        ChildrenOut: {
            done: number;
            total: number;
            cost: string | null;
        };
        /** @description A code that the app shows now. */
        CodeBody: {
            code: string;
        };
        /** @description A change of the code that could not be taken over. */
        CodeFaultOut: {
            /** @description What had changed. */
            files: string[];
            message: string;
            /** @description Where it was the import that failed. */
            traceback: string | null;
            at: string;
        };
        /** @description The code that serves. While there is a `fault`, it is older than the files. */
        CodeOut: {
            /** @description Whether the server takes over changed code by itself, as `flowforge dev` does. */
            reloads: boolean;
            fault: components["schemas"]["CodeFaultOut"] | null;
        };
        /** @description Recovery codes, each good for one sign-in without the app. Shown once. */
        CodesOut: {
            recovery_codes: (string | null)[];
            csrf_token: string | null;
        };
        /** @description Where the card goes: to the end of that column, or beside a card that stands in it. */
        ColumnIn: {
            column: string;
            before?: string | null;
            after?: string | null;
        };
        /** @description A column, with how many cards stand in it. */
        ColumnOut: {
            id: string;
            name: string;
            /** @enum {string} */
            category: "backlog" | "todo" | "doing" | "review" | "done";
            wip_limit: number | null;
            /** @enum {string} */
            on_leave: "cancel" | "park";
            starts: boolean;
            count: number;
        };
        /** @description A JSON merge patch; `before` or `after` puts the column elsewhere. A `wip_limit` that is null is no limit. */
        ColumnPatch: {
            name?: string | null;
            category?: ("backlog" | "todo" | "doing" | "review" | "done") | null;
            wip_limit?: number | null;
            on_leave?: ("cancel" | "park") | null;
            starts?: boolean | null;
            before?: string | null;
            after?: string | null;
        };
        /**
         * @description What a column means and allows. `category` says it to the engine: agents work in `doing`, what others wait for is there in `done`.
         *     `on_leave`: what becomes of an agent's run when its card is moved away. `starts`: whether a card that comes in starts its agent.
         */
        ColumnSettings: {
            /** @description One line, up to 100 characters. */
            name: string;
            /**
             * @default todo
             * @enum {string}
             */
            category?: "backlog" | "todo" | "doing" | "review" | "done";
            /** @description How many cards may stand in it; null is no limit. */
            wip_limit?: number | null;
            /**
             * @default cancel
             * @enum {string}
             */
            on_leave?: "cancel" | "park";
            /** @description Unless given, as the category has it: `doing` does. */
            starts?: boolean | null;
        };
        /** @description What is to be said. */
        CommentIn: {
            /** @description Markdown. `@name` or `@"Full Name"` mentions somebody. */
            text: string;
            /** @description A comment of this task that is no reply itself. */
            reply_to?: string | null;
        };
        /** @description A comment on a task. One that was `deleted` keeps its place and has no text; `mentions` are those whom it has told. */
        CommentOut: {
            id: string;
            author: string;
            /** @enum {string} */
            author_kind: "person" | "agent" | "key" | "system";
            text: string;
            /** @description `{"agent": name}` or `{"user": name}`. */
            mentions: {
                [key: string]: string;
            }[];
            reply_to: string | null;
            created_at: string;
            edited_at: string | null;
            deleted: boolean;
        };
        /** @description Comments, oldest first. */
        CommentPage: {
            data: components["schemas"]["CommentOut"][];
            next_cursor?: string | null;
        };
        /** @description What it says from now on. */
        CommentPatch: {
            /** @description Markdown. */
            text: string;
        };
        /** @description What the preview answered. */
        ConfirmIn: {
            count: number;
            as_of: string;
        };
        /** @description `force`: runs that still go on are ended at once and erased too. */
        ConfirmationIn: {
            /** @default false */
            force?: boolean;
        };
        /** @description A proof that the log of the second head begins with that of the first, for `flowforge audit compare --proof`. */
        ConsistencyOut: {
            format: string;
            first: components["schemas"]["HeadOut"];
            second: components["schemas"]["HeadOut"];
            path: string[];
            keys: {
                [key: string]: unknown;
            }[];
        };
        /** @description How many are done, of how many. */
        Counted: {
            done: number;
            total: number;
        };
        /** @description How many approvals there are; `mine` wait for whoever asks. Those that have ended are counted for `days`. */
        CountsOut: {
            pending: number;
            mine: number;
            approved: number;
            denied: number;
            expired: number;
            days: number;
        };
        /** @description Yes, yes with other arguments, or no with a reason that the agent reads. */
        DecisionIn: {
            approved: boolean;
            /** @description The whole arguments; they must satisfy the tool's schema. */
            edited_args?: {
                [key: string]: unknown;
            } | null;
            reason?: string | null;
            /** @description The call's hash as you saw it: another one is 409. */
            hash?: string | null;
            grant?: components["schemas"]["GrantIn"] | null;
        };
        /** @description What was decided. */
        DecisionOut: {
            approved: boolean;
            edited_args: {
                [key: string]: unknown;
            } | null;
            reason: string | null;
        };
        /** @description Up to 200 decisions, each for itself. */
        DecisionsIn: {
            decisions: components["schemas"]["BulkDecisionIn"][];
        };
        /** @description The results, in the order of the decisions. */
        DecisionsOut: {
            data: components["schemas"]["BulkResult"][];
            refused: number;
        };
        /** @description Who decides for you, and until when. They have your role. */
        DelegationIn: {
            /** @description A member, by name. */
            to: string;
            until: string;
        };
        /** @description Somebody decides for somebody else until a moment. */
        DelegationOut: {
            id: string;
            from: string;
            to: string;
            until: string;
            created_at: string;
        };
        /** @description Those that hold now, oldest first. */
        DelegationPage: {
            data: components["schemas"]["DelegationOut"][];
            next_cursor?: string | null;
        };
        /** @description The event that a delivery has become. `duplicate`: it came before; `runs` are then the first one's. */
        DeliveredEvent: {
            id: string;
            name: string;
            runs: string[];
            duplicate: boolean;
        };
        /** @description Deliveries, the newest first. */
        DeliveryPage: {
            data: components["schemas"]["WebhookDeliveryOut"][];
            next_cursor?: string | null;
        };
        /** @description Why it should not be used any more. */
        DeprecationIn: {
            reason?: string | null;
        };
        /** @description The fields in which two revisions differ. */
        DiffOut: {
            from: number;
            to: number;
            changes: components["schemas"]["FieldChangeOut"][];
        };
        /** @description An endpoint to add. */
        EndpointIn: {
            /** @description http or https, without user and password; a public address. */
            url: string;
            /** @description Names, families as in `run.*`, or `*` for everything. The names: agent.status, alert.continues, alert.opened, alert.resolved, approval.decided, approval.escalated, approval.expired, approval.reminded, approval.requested, approval.voted, run.cancelled, run.completed, run.failed, run.skipped, task.assigned, task.commented, task.created, task.moved, task.updated, webhook_endpoint.disabled. */
            events: string[];
            /** @default  */
            description?: string;
        };
        /** @description An endpoint. `failing_since` is set while nothing arrives, `disabled_because` where it was given up. */
        EndpointOut: {
            id: string;
            url: string;
            description: string;
            events: string[];
            enabled: boolean;
            disabled_because: string | null;
            failing_since: string | null;
            keys: components["schemas"]["WebhookKeyOut"][];
            created_at: string;
            updated_at: string;
        };
        /** @description Endpoints, the oldest first. */
        EndpointPage: {
            data: components["schemas"]["EndpointOut"][];
            next_cursor?: string | null;
        };
        /** @description What is left out stays as it is. */
        EndpointPatch: {
            url?: string | null;
            events?: string[] | null;
            description?: string | null;
            enabled?: boolean | null;
        };
        /** @description What an app needs to make codes; `url` is what a QR code of it says. Shown once. */
        EnrolmentOut: {
            secret: string | null;
            url: string | null;
        };
        /** @description Whose data: what holds for any of these. */
        ErasureIn: {
            match: components["schemas"]["MatchIn"][];
        };
        /** @description The newest first. */
        ErasureList: {
            data: components["schemas"]["ErasureOut"][];
            next_cursor?: string | null;
        };
        /**
         * @description How far an erasure has got: looking, found (it waits for a confirmation), erasing, checking, ended.
         *
         *     `match` says how it was chosen, not whom. `stays` says why something is left; `remaining` is what the last look has still seen.
         */
        ErasureOut: {
            id: string;
            state: string;
            match: string[];
            force: boolean;
            found: {
                [key: string]: unknown;
            }[];
            erased: {
                [key: string]: number;
            };
            remaining: {
                [key: string]: unknown;
            }[];
            by: string;
            created_at: string;
            confirmed_at: string | null;
            ended_at: string | null;
        };
        /** @description An event: payload, runs, and an answer for each function that it concerns. `reason` says why nothing at all happened. */
        EventDetails: {
            id: string;
            event_id: string;
            name: string;
            data: unknown;
            received_at: string;
            runs: components["schemas"]["EventRunOut"][];
            functions: components["schemas"]["AnswerOut"][];
            reason: string | null;
            /** @default false */
            test?: boolean;
        };
        /** @description An event to send. */
        EventIn: {
            /** @description What happened; no spaces, no `*`; not `board/…` or `flowforge/…`. */
            name: string;
            /** @description The fact itself, any JSON object. */
            data?: {
                [key: string]: unknown;
            };
            /** @description Your id: the same one within 7 days is the same event. */
            id?: string | null;
        };
        /** @description An event that is stored. `duplicate`: its id was known already, `runs` are then the first one's. */
        EventOut: {
            id: string;
            name: string;
            runs: string[];
            duplicate: boolean;
        };
        /** @description Events, newest first, without their data. */
        EventPage: {
            data: components["schemas"]["ListedEventOut"][];
            next_cursor?: string | null;
        };
        /** @description A run that the event started. */
        EventRunOut: {
            id: string;
            label: string;
            function: string;
            /** @enum {string} */
            state: "queued" | "running" | "sleeping" | "waiting" | "paused" | "completed" | "failed" | "cancelled" | "skipped";
        };
        /** @description How one field differs: `field` is a JSON pointer, `text` a unified diff where the field is prose. */
        FieldChangeOut: {
            field: string;
            before: unknown;
            after: unknown;
            text: string | null;
        };
        /** @description A file that differs. `diff` is unified, null for what is no text or very long; `cut`: there is more of it. */
        FileDiffOut: {
            path: string;
            /** @enum {string} */
            change: "added" | "removed" | "changed";
            diff: string | null;
            cut: boolean;
        };
        /** @description A filter to save. */
        FilterIn: {
            /** @description One line, up to 100 characters. */
            name: string;
            /** @description Parameters of the list of tasks. `me` as the assignee is who asks. */
            query: {
                [key: string]: unknown;
            };
            /**
             * @description For everybody of the tenant; needs the permission tasks:write.
             * @default false
             */
            shared?: boolean;
        };
        /** @description A saved filter. */
        FilterOut: {
            id: string;
            name: string;
            query: {
                [key: string]: unknown;
            };
            shared: boolean;
            revision: number;
            created_by: string;
            created_at: string;
            updated_at: string;
        };
        /** @description Filters in the order in which they were made. */
        FilterPage: {
            data: components["schemas"]["FilterOut"][];
            next_cursor?: string | null;
        };
        /** @description What is left out stays as it is. */
        FilterPatch: {
            name?: string | null;
            query?: {
                [key: string]: unknown;
            } | null;
        };
        /** @description One frame: its number in this stream, its name, and what it says. */
        FrameOut: {
            id: number;
            event: string;
            data: {
                [key: string]: unknown;
            };
        };
        /** @description Frames in order. To go on, ask again with this `after`. */
        FramesOut: {
            data: components["schemas"]["FrameOut"][];
            /** @description Where to ask on; also behind frames that `kinds` leaves out. */
            after: number;
            /** @description The number of the stream's newest frame. */
            seq: number;
            /** @description The run has ended and nothing comes after these. Only a run's stream ends. */
            over: boolean;
            /** @description What you hold is not on record any more: fetch the resource, then go on from `after`, its newest frame. */
            reset: boolean;
        };
        /** @description A function; `triggers` in words. `live`: a running worker knows it; without one its runs stay queued. `app`: who publishes it. */
        FunctionOut: {
            id: string;
            triggers: string[];
            retries: number;
            version: string | null;
            source: string | null;
            builtin: boolean;
            live: boolean;
            schedules: components["schemas"]["ScheduleOut"][];
            app: string;
            /** @description Its flow control, by the names of the decorator's arguments; empty without any. */
            flow: {
                [key: string]: unknown;
            };
            /** @description JSON Schema of its event's data, where its code declares a type. */
            input_schema: {
                [key: string]: unknown;
            } | null;
        };
        /** @description Functions by id. */
        FunctionPage: {
            data: components["schemas"]["FunctionOut"][];
            next_cursor?: string | null;
        };
        /** @description One function's open runs, and the gates at which they stand. */
        FunctionQueueOut: {
            function: string;
            ready: number;
            at_gates: number;
            running: number;
            gathering: number;
            sleeping: number;
            waiting: number;
            paused: number;
            oldest_queued_at: string | null;
            live: boolean;
            is_paused: boolean;
            gates: components["schemas"]["GateOut"][];
        };
        /** @description A limit at which runs stand. */
        GateOut: {
            limit: string;
            key: string;
            waiting: number;
            used: number | null;
            capacity: number | null;
            per_seconds: number | null;
            reason: string;
        };
        /** @description Do not ask again for the same task: about this very `call`, or about this `tool` so many times or until then. */
        GrantIn: {
            /** @enum {string} */
            scope: "call" | "tool";
            until?: string | null;
            times?: number | null;
        };
        /** @description A person's word that this call, or this tool, need not be asked about again on this task. `holds`: it can still be used. */
        GrantOut: {
            id: string;
            approval: string;
            task: string | null;
            tool: string;
            /** @enum {string} */
            scope: "call" | "tool";
            hash: string;
            uses_max: number | null;
            uses: number;
            expires_at: string | null;
            granted_by: string;
            created_at: string;
            revoked_at: string | null;
            revoked_by: string | null;
            holds: boolean;
        };
        /** @description Grants, oldest first. */
        GrantPage: {
            data: components["schemas"]["GrantOut"][];
            next_cursor?: string | null;
        };
        /** @description One line. `key` is a name, a day (UTC) or an id, null for calls that have none; `name` is for people. */
        GroupOut: {
            calls: number;
            cached_calls: number;
            unknown: number;
            unpriced: number;
            estimated: number;
            input_tokens: number;
            cached_tokens: number;
            cache_written_tokens: number;
            output_tokens: number;
            reasoning_tokens: number;
            cost: string | null;
            /** @description US dollars as a decimal string */
            saved: string;
            previous: components["schemas"]["BeforeOut"];
            /** @description Of the cost; null where there is nothing to compare with. */
            change_percent: number | null;
            key: string | null;
            name: string | null;
        };
        /** @description A signed head: `head` is the text that was signed, as it was signed. */
        HeadOut: {
            /** @constant */
            type: "head";
            head: string;
            /** @description Ed25519, in hex. */
            signature: string;
        };
        /** @description Heads, the newest first. */
        HeadPage: {
            data: components["schemas"]["HeadOut"][];
            next_cursor?: string | null;
        };
        Health: {
            /** @default ok */
            status?: string;
        };
        /** @description A server at an address, by streamable HTTP. `bearer` names a secret; other headers may hold `{{secret:name}}`. */
        Http: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "http";
            url: string;
            /** @default {} */
            headers?: {
                [key: string]: string;
            };
            bearer?: string | null;
        };
        /** @description A call over HTTP to describe. */
        HttpToolIn: {
            name: string;
            /** @description for the model: what it does, and when to use it */
            description: string;
            /** @enum {string} */
            effect: "read" | "write" | "money" | "outside";
            /**
             * @default GET
             * @enum {string}
             */
            method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
            url: string;
            /** @default {} */
            headers?: {
                [key: string]: string;
            };
            auth?: (components["schemas"]["Bearer"] | components["schemas"]["Basic"] | components["schemas"]["Key"]) | null;
            /**
             * @description JSON Schema of an object
             * @default {
             *       "type": "object",
             *       "properties": {}
             *     }
             */
            parameters?: {
                [key: string]: unknown;
            };
            /** @description a JSON value with variables; without it the arguments that stand nowhere else */
            body?: unknown;
            /**
             * @description send the body as a form, not as JSON
             * @default false
             */
            form?: boolean;
            /** @description JSON pointer to the part of an answer that counts */
            pick?: string | null;
            reversible?: boolean | null;
            approval?: boolean | null;
            consequence?: string | null;
            /** @default true */
            outside?: boolean;
            /** @default 30s */
            timeout?: string;
            retries?: number | null;
            /**
             * @description it acts once for each Idempotency-Key, so that a call may be repeated
             * @default false
             */
            idempotent?: boolean;
            rate?: string | null;
            on_uncertain?: ("ask" | "retry" | "fail") | null;
            /** @default 1048576 */
            answer_bytes_max?: number;
            /** @default 65536 */
            result_characters_max?: number;
        };
        /** @description A JSON merge patch of the definition: what is given replaces, whole; null puts back to the default. */
        HttpToolPatch: {
            name?: string | null;
            description?: string | null;
            effect?: ("read" | "write" | "money" | "outside") | null;
            method?: string | null;
            url?: string | null;
            headers?: {
                [key: string]: string;
            } | null;
            auth?: (components["schemas"]["Bearer"] | components["schemas"]["Basic"] | components["schemas"]["Key"]) | null;
            parameters?: {
                [key: string]: unknown;
            } | null;
            body?: unknown;
            form?: boolean | null;
            pick?: string | null;
            reversible?: boolean | null;
            approval?: boolean | null;
            consequence?: string | null;
            outside?: boolean | null;
            timeout?: string | null;
            retries?: number | null;
            idempotent?: boolean | null;
            rate?: string | null;
            on_uncertain?: ("ask" | "retry" | "fail") | null;
            answer_bytes_max?: number | null;
            result_characters_max?: number | null;
        };
        /** @description Which items go to the archive, or, with `undo`, come back from it. */
        InboxArchiveIn: {
            /**
             * @description Items of this inbox.
             * @default []
             */
            ids?: string[];
            /** @description All whose `seq` is not above this. */
            up_to?: number | null;
            /** @default false */
            undo?: boolean;
        };
        /**
         * @description Items, the newest first. `unread` counts by kind what is unread and neither archived nor put off, in all; `seq` is the id of the
         *     stream's newest frame that this answer includes.
         */
        InboxPage: {
            data: components["schemas"]["ItemOut"][];
            next_cursor?: string | null;
            unread: {
                [key: string]: number;
            };
            seq: number;
        };
        /** @description Whom to invite, and as what. */
        InvitationIn: {
            email: string;
            /**
             * @default member
             * @enum {string}
             */
            role?: "admin" | "approver" | "member" | "viewer";
        };
        /** @description With the link, which is shown this once. Nothing is mailed: hand it on yourself. */
        InvitationMade: {
            id: string;
            email: string;
            /** @enum {string} */
            role: "admin" | "approver" | "member" | "viewer";
            invited_by: string;
            created_at: string;
            expires_at: string;
            link: string | null;
        };
        /** @description An invitation that was not accepted yet. */
        InvitationOut: {
            id: string;
            email: string;
            /** @enum {string} */
            role: "admin" | "approver" | "member" | "viewer";
            invited_by: string;
            created_at: string;
            expires_at: string;
        };
        /** @description Invitations that were not accepted yet, the expired ones too. */
        InvitationPage: {
            data: components["schemas"]["InvitationOut"][];
            next_cursor?: string | null;
        };
        /** @description A key with its `value`, which is shown this once: a repeat of the request has null there. */
        IssuedOut: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "live" | "test";
            scopes: string[];
            agent: string | null;
            ends_in: string[];
            old_good_until: string | null;
            active: boolean;
            created_by: components["schemas"]["Maker"];
            created_at: string;
            expires_at: string | null;
            last_used_at: string | null;
            revoked_at: string | null;
            value: string | null;
        };
        /** @description A checklist item. */
        ItemIn: {
            text: string;
            /** @default false */
            done?: boolean;
        };
        /** @description One thing that was put before the caller. There is one for each kind and subject; `count` says how often since it was read. */
        ItemOut: {
            id: string;
            /** @enum {string} */
            kind: "assigned" | "mentioned" | "question" | "approval" | "due" | "done" | "commented";
            /** @description What it is about: a task, an approval, a question. */
            subject: string;
            /** @description The task's key, where there is one. */
            task: string | null;
            title: string;
            /** @description The beginning of what was said. */
            text: string;
            by: string;
            /** @enum {string} */
            by_kind: "person" | "agent" | "key" | "system";
            /** @description Of a date: `tomorrow` or `overdue`, and the date. */
            stage: string | null;
            count: number;
            seq: number;
            unread: boolean;
            archived: boolean;
            snoozed_until: string | null;
            created_at: string;
            updated_at: string;
        };
        /** @description An API key, in a header or in the query. */
        Key: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "api_key";
            /** @description of the header or of the query's parameter */
            name: string;
            secret: string;
            /**
             * @description where the key stands
             * @default header
             * @enum {string}
             */
            place?: "header" | "query";
        };
        /** @description A key to make. With `agent` it acts as that agent, and can do less. */
        KeyIn: {
            name: string;
            /** @description Permissions (`runs:read`) or patterns of them (`runs:*`, `*:read`, `*`). A pattern means what its maker has of it. */
            scopes: string[];
            /**
             * @description A test key sees and starts test runs only.
             * @default live
             * @enum {string}
             */
            kind?: "live" | "test";
            /** @description The agent that it acts as, by name or id. */
            agent?: string | null;
            /** @description How long it is good; for ever without it. */
            expires_in?: string | null;
        };
        /**
         * @description A key. `ends_in` are the last characters of the values that are good now, the newest first; `active` is false for one that has
         *     expired or is revoked; `last_used_at` is a minute late at most.
         */
        KeyOut: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "live" | "test";
            scopes: string[];
            agent: string | null;
            ends_in: string[];
            old_good_until: string | null;
            active: boolean;
            created_by: components["schemas"]["Maker"];
            created_at: string;
            expires_at: string | null;
            last_used_at: string | null;
            revoked_at: string | null;
        };
        /** @description Keys, the oldest first. */
        KeyPage: {
            data: components["schemas"]["KeyOut"][];
            next_cursor?: string | null;
        };
        /** @description What is left out stays as it is. New scopes are within what the caller may. */
        KeyPatch: {
            name?: string | null;
            scopes?: string[] | null;
        };
        /** @description How a label looks. */
        LabelIn: {
            /** @description grey, red, orange, yellow, green, teal, blue, violet or pink. */
            colour: string;
        };
        /** @description A label of a board. `colour` names a colour of the palette. */
        LabelOut: {
            name: string;
            /** @enum {string} */
            colour: "grey" | "red" | "orange" | "yellow" | "green" | "teal" | "blue" | "violet" | "pink";
        };
        /** @description A limit as its app publishes it; `override` is the operator's value, in force while it is there. */
        LimitOut: {
            limit: string;
            app: string;
            capacity: number;
            per_seconds: number | null;
            burst: number | null;
            shared: boolean;
            override: number | null;
        };
        /** @description Every limit, by name. */
        LimitsOut: {
            data: components["schemas"]["LimitOut"][];
            next_cursor?: null;
        };
        /** @description An event in a list. `id` is the sender's own id, or `evt_…`, which `event_id` always is. */
        ListedEventOut: {
            id: string;
            event_id: string;
            name: string;
            received_at: string;
            runs: string[];
            /** @default false */
            test?: boolean;
        };
        Maker: {
            kind: string;
            name: string;
        };
        /** @description A value that stands anywhere; with `path` (`data.…` of events and runs' inputs, `output.…` of runs) the value that lies there. */
        MatchIn: {
            value: string;
            path?: string | null;
        };
        /** @description A server to add. */
        McpServerIn: {
            name: string;
            /** @default  */
            description?: string;
            transport: components["schemas"]["Stdio"] | components["schemas"]["Http"];
            only?: string[] | null;
            /**
             * @description of one call
             * @default 60s
             */
            timeout?: string;
            /** @description of each of its tools */
            rate?: string | null;
        };
        /** @description A server. `error` says what was wrong with its last listing: that it could not be reached, or which tools cannot be used. */
        McpServerOut: {
            id: string;
            definition: {
                [key: string]: unknown;
            };
            revision: number;
            error: string | null;
            listed_at: string | null;
            created_at: string;
            updated_at: string;
        };
        /** @description Servers by name. */
        McpServerPage: {
            data: components["schemas"]["McpServerOut"][];
            next_cursor?: string | null;
        };
        /** @description A JSON merge patch of the definition: what is given replaces, whole; null puts back to the default. */
        McpServerPatch: {
            name?: string | null;
            description?: string | null;
            transport?: (components["schemas"]["Stdio"] | components["schemas"]["Http"]) | null;
            only?: string[] | null;
            timeout?: string | null;
            rate?: string | null;
        };
        /**
         * @description A tool of a server. Description, parameters and hints are the server's words. Agents get it while it is `accepted`: while its `hash`
         *     is the one that somebody has accepted.
         */
        McpToolOut: {
            name: string;
            tool: string;
            /** @enum {string} */
            state: "accepted" | "new" | "changed" | "gone";
            description: string;
            parameters: {
                [key: string]: unknown;
            };
            hints: {
                [key: string]: unknown;
            };
            hash: string;
            accepted: string | null;
            accepted_by: string | null;
            /** @enum {string} */
            effect: "read" | "write" | "money" | "outside";
            approval: boolean | null;
            listed_at: string;
        };
        /** @description Tools by name. */
        McpToolPage: {
            data: components["schemas"]["McpToolOut"][];
            next_cursor?: string | null;
        };
        /** @description What a person says of a tool. `accept` is the hash of what was read; null takes the acceptance back. What is left out stays. */
        McpToolPatch: {
            accept?: string | null;
            effect?: ("read" | "write" | "money" | "outside") | null;
            approval?: boolean | null;
        };
        /** @description The caller. A person has a `role`, a key `scopes`; `permissions` are what either comes to. `test`: sees test runs only. */
        Me: {
            /** @enum {string} */
            kind: "person" | "agent" | "key" | "system";
            name: string;
            tenant: string;
            test: boolean;
            role: ("admin" | "approver" | "member" | "viewer") | null;
            scopes: string[] | null;
            permissions: string[];
            /** @description To be sent as X-FlowForge-CSRF by whoever writes with a session's cookie; null for all others. */
            csrf_token: string | null;
        };
        /** @description A message. `turn` is the turn at which the agent saw it; one is `missed` when the run ended before it could. */
        MessageOut: {
            id: string;
            run: string;
            /** @description `message`, or `mention` for a comment in which the agent was named. */
            kind: string;
            text: string;
            /** @enum {string} */
            author_kind: "person" | "agent" | "key" | "system";
            author: string;
            /** @enum {string} */
            state: "waiting" | "seen" | "missed";
            turn: number | null;
            created_at: string;
            seen_at: string | null;
        };
        /** @description Messages, oldest first. */
        MessagePage: {
            data: components["schemas"]["MessageOut"][];
            next_cursor?: string | null;
        };
        /** @description One of the two, or both. */
        ModelLimitIn: {
            tokens_per_minute?: number | null;
            requests_per_minute?: number | null;
        };
        /** @description A model's limit. `blocked_until`: the provider has asked to be left alone, and no worker calls it before then. */
        ModelLimitOut: {
            model: string;
            tokens_per_minute: number | null;
            requests_per_minute: number | null;
            blocked_until: string | null;
        };
        /** @description Models that have a limit, or are blocked, by name. */
        ModelLimitPage: {
            data: components["schemas"]["ModelLimitOut"][];
            next_cursor?: string | null;
        };
        /** @description Something that has an id. `name` is a run's function, an approval's tool, an event's name. */
        NamedOut: {
            /** @enum {string} */
            kind: "run" | "approval" | "event";
            id: string;
            label: string;
            name: string;
        };
        /** @description At most three of each kind, the newest first. */
        NamedPage: {
            data: components["schemas"]["NamedOut"][];
            next_cursor?: string | null;
        };
        /** @description A column to add: at the right end, or before or after another. */
        NewColumn: {
            /** @description One line, up to 100 characters. */
            name: string;
            /**
             * @default todo
             * @enum {string}
             */
            category?: "backlog" | "todo" | "doing" | "review" | "done";
            /** @description How many cards may stand in it; null is no limit. */
            wip_limit?: number | null;
            /**
             * @default cancel
             * @enum {string}
             */
            on_leave?: "cancel" | "park";
            /** @description Unless given, as the category has it: `doing` does. */
            starts?: boolean | null;
            before?: string | null;
            after?: string | null;
        };
        /** @description An endpoint with its signing key, which is shown now and never again. */
        NewEndpointOut: {
            id: string;
            url: string;
            description: string;
            events: string[];
            enabled: boolean;
            disabled_because: string | null;
            failing_since: string | null;
            keys: components["schemas"]["WebhookKeyOut"][];
            created_at: string;
            updated_at: string;
            /** @description `whsec_` and base64, as Standard Webhooks have it. Null in the answer to a repeat. */
            secret: string | null;
        };
        /** @description A key, which is shown now and never again. */
        NewKeyOut: {
            id: string;
            created_at: string;
            expires_at: string | null;
            secret: string | null;
        };
        /** @description A note to write. */
        NoteIn: {
            /** @description One line; the agent sees it when it begins. */
            title: string;
            text: string;
            tags?: string[];
            /** @description Only for work on this task; null: for all work. */
            task?: string | null;
            /**
             * @description Its title is always among those that the agent is shown.
             * @default false
             */
            pinned?: boolean;
        };
        /** @description A note. `tainted` names what the agent had read from outside before it wrote it: it is shown such a note as data, not as advice. */
        NoteOut: {
            id: string;
            title: string;
            text: string;
            tags: string[];
            task: string | null;
            pinned: boolean;
            tainted: string[];
            by_kind: string;
            by: string;
            revision: number;
            created_at: string;
            updated_at: string;
        };
        /** @description Notes, the newest first; those of a search, the best match first. */
        NotePage: {
            data: components["schemas"]["NoteOut"][];
            next_cursor?: string | null;
        };
        /** @description What is left out stays. The note is then yours: what had come from outside with it counts as read by you. */
        NotePatch: {
            title?: string | null;
            text?: string | null;
            tags?: string[] | null;
            pinned?: boolean | null;
        };
        /** @description What the action needs: `force` for delete; `from_step`, `from_failure`, `input` for replay; `reason` for pause; `to` for move. */
        OptionsIn: {
            /** @default false */
            force?: boolean;
            from_step?: string | null;
            /** @default false */
            from_failure?: boolean;
            input?: unknown;
            reason?: string | null;
            to?: string | null;
        };
        /** @description The account's password again: a browser that was left open is not enough. */
        PasswordBody: {
            /** @description Their password. */
            password: string;
        };
        /** @description The password as it is, and as it is to be. */
        PasswordChange: {
            /** @description Their password. */
            password: string;
            /** @description 12 to 1024 characters, and not one of the first that anybody would try. */
            new_password: string;
        };
        /** @description Why it is paused. */
        PauseIn: {
            reason?: string | null;
        };
        /** @description A pause; without a function it is the tenant's. */
        PauseOut: {
            function: string | null;
            reason: string | null;
            paused_by: string;
            created_at: string;
            everywhere: boolean;
        };
        /** @description What is paused now. */
        PausesOut: {
            data: components["schemas"]["PauseOut"][];
            next_cursor?: null;
        };
        /** @description Somebody who can sign in to this tenant. */
        PersonOut: {
            id: string;
            name: string;
            email: string;
            /** @enum {string} */
            role: "admin" | "approver" | "member" | "viewer";
            operator: boolean;
            second_factor: boolean;
            disabled_at: string | null;
            created_at: string;
        };
        /** @description People, in the order in which they were added. */
        PersonPage: {
            data: components["schemas"]["PersonOut"][];
            next_cursor?: string | null;
        };
        /** @description What is left out stays as it is. */
        PersonPatch: {
            role?: ("admin" | "approver" | "member" | "viewer") | null;
            /** @description Cannot sign in to this tenant, until it is false again. */
            disabled?: boolean | null;
        };
        /** @description A step of the origin; `cost` is what it cost then. */
        PlannedStepOut: {
            key: string;
            name: string;
            kind: string;
            /** @enum {string} */
            state: "running" | "waiting" | "completed" | "failed";
            cost: string | null;
        };
        /** @description A policy to make. The first rule that fits a call decides; see docs/approvals.md for what rules can name. */
        PolicyIn: {
            /** @description Lower-case letters, digits and hyphens. */
            name: string;
            /** @description In the order in which they are asked; see `Rule`. */
            rules: {
                [key: string]: unknown;
            }[];
            /**
             * @description Policies are asked by place, the smallest first, then by name.
             * @default 100
             */
            place?: number;
        };
        /** @description A policy of the tenant. A change of it is a new revision, and holds from the next call on. */
        PolicyOut: {
            id: string;
            name: string;
            place: number;
            rules: components["schemas"]["Rule"][];
            revision: number;
            created_at: string;
            updated_at: string;
        };
        /** @description Policies in the order in which they are asked. */
        PolicyPage: {
            data: components["schemas"]["PolicyOut"][];
            next_cursor?: string | null;
        };
        /** @description What is left out stays as it is; `rules` are given whole. */
        PolicyPatch: {
            rules?: {
                [key: string]: unknown;
            }[] | null;
            place?: number | null;
        };
        /** @description What a policy said from one change to the next; approvals name it, as in `refunds@3#2`. */
        PolicyRevisionOut: {
            revision: number;
            place: number;
            rules: components["schemas"]["Rule"][];
            changed_by: string;
            created_at: string;
        };
        /** @description Revisions, newest first. */
        PolicyRevisionPage: {
            data: components["schemas"]["PolicyRevisionOut"][];
            next_cursor?: string | null;
        };
        /**
         * @description US dollars per million tokens, as decimal strings. What is left out costs what it is a part of: cached and cache-written tokens
         *     what input does, reasoning what output does. Without `output` only calls that write nothing, like embeddings, have a price.
         */
        PriceIn: {
            /** @description US dollars per million tokens, as a decimal string. */
            input: string;
            /** @description US dollars per million tokens, as a decimal string. */
            output?: string | null;
            /** @description US dollars per million tokens, as a decimal string. */
            cached?: string | null;
            /** @description US dollars per million tokens, as a decimal string. */
            cache_written?: string | null;
            /** @description US dollars per million tokens, as a decimal string. */
            reasoning?: string | null;
        };
        /**
         * @description What a model costs in US dollars per million tokens, of prompts that are not long and at the usual service tier and hour; null
         *     where nobody says. `source`: `override` (set here), `prices.toml` (an app's file) or `litellm` (the table that it comes with).
         */
        PriceOut: {
            model: string;
            input: string | null;
            output: string | null;
            cached: string | null;
            cache_written: string | null;
            reasoning: string | null;
            source: string | null;
            version: string | null;
        };
        /** @description Prices by model. */
        PricesOut: {
            data: components["schemas"]["PriceOut"][];
            next_cursor?: null;
        };
        /** @description How far a run says that it is, from 0 to 1. */
        Progress: {
            done: number;
            message: string;
        };
        /**
         * @description An entry with the proof that it is in the log that a head signed; `proof` is null until a head covers it, a minute at most.
         *
         *     The proof is verified without us: `flowforge audit verify FILE`.
         */
        ProvedEntryOut: {
            id: string;
            position: number | null;
            at: string;
            principal: components["schemas"]["WhoOut"];
            action: string;
            target: components["schemas"]["WhatOut"];
            detail: {
                [key: string]: unknown;
            } | null;
            request_id: string | null;
            erased: ("principal" | "target" | "detail")[];
            proof?: {
                [key: string]: unknown;
            } | null;
        };
        /** @description A policy in code, which holds for every tenant and is asked before the tenant's own. */
        PublishedOut: {
            name: string;
            app: string;
            place: number;
            rules: components["schemas"]["Rule"][];
            version: string;
            published_at: string;
        };
        /** @description All of them, in the order in which they are asked. */
        PublishedPage: {
            data: components["schemas"]["PublishedOut"][];
            next_cursor?: string | null;
        };
        /** @description A question. `withdrawn`: the run that asked it has ended. `to` is who is asked; null: whoever reads it. */
        QuestionOut: {
            id: string;
            /** @enum {string} */
            state: "open" | "answered" | "expired" | "withdrawn";
            question: string;
            options: string[] | null;
            agent: string | null;
            task: string | null;
            run: string;
            to: string | null;
            comment: string | null;
            created_at: string;
            expires_at: string | null;
            answer: string | null;
            answered_by: string | null;
            answered_at: string | null;
        };
        /** @description Questions, oldest first. */
        QuestionPage: {
            data: components["schemas"]["QuestionOut"][];
            next_cursor?: string | null;
        };
        /** @description The tenant's queue, by function. */
        QueueOut: {
            data: components["schemas"]["FunctionQueueOut"][];
            next_cursor?: null;
        };
        /** @description A run that waits for its turn; `ahead` counts those before it. */
        QueuedRunOut: {
            run: string;
            task: string | null;
            title: string | null;
            priority: number;
            queued_at: string;
            ahead: number;
        };
        /** @description More for the day or month that is now. `subject` says whose, where the budget has several. */
        RaiseIn: {
            /** @description A decimal string: US dollars, tokens or calls. */
            amount: string;
            subject?: string | null;
        };
        /** @description Limits of one tenant; one that is null or left out is everybody's. */
        RateLimitsIn: {
            requests_per_minute?: number | null;
            events_per_minute?: number | null;
            streams?: number | null;
        };
        /**
         * @description What a tenant may ask for. `key_share` is the part of both rates that one key may have; `counted` is false while the API is open to
         *     this machine, which then may ask for anything.
         */
        RateLimitsOut: {
            requests_per_minute: number;
            events_per_minute: number;
            streams: number;
            key_share: number;
            counted: boolean;
        };
        /** @description Which items are read, or, with `unread`, are to be unread again. */
        ReadIn: {
            /**
             * @description Items of this inbox.
             * @default []
             */
            ids?: string[];
            /** @description All whose `seq` is not above this. */
            up_to?: number | null;
            /** @default false */
            unread?: boolean;
        };
        /** @description What one answered model call of a step used. `cost` is in USD, null where the price is unknown. */
        RecordedCall: {
            attempt: number;
            model: string;
            provider: string;
            input_tokens: number;
            output_tokens: number;
            cached_tokens: number;
            reasoning_tokens: number;
            cost: string | null;
            latency_ms: number | null;
        };
        /** @description The event that started the run; `flowforge/call` or `flowforge/invoke` where none did, `data` is then its input. */
        RecordedEvent: {
            id: string;
            name: string;
            data: unknown;
            received_at: string;
        };
        /** @description What the model said in a step, word for word, as its last `message.completed` frame has it; gone when retention took the frame. */
        RecordedReply: {
            text: string;
            /** @default  */
            reasoning?: string;
            /** @default stop */
            finish_reason?: string;
            model?: string | null;
        };
        /**
         * @description A step as it was recorded. `hash` is that of its arguments; `input` may be shortened, the hash stands for all of it. It is empty
         *     where a redaction has left nothing to compare. `calls` and `reply` are those of a step that asked a model.
         */
        RecordedStep: {
            key: string;
            name: string;
            kind: string;
            /** @enum {string} */
            state: "running" | "waiting" | "completed" | "failed";
            attempt: number;
            hash: string;
            input: unknown;
            output: unknown;
            tagged: boolean;
            error: {
                [key: string]: unknown;
            } | null;
            ref: string | null;
            parent: string | null;
            /** @default [] */
            calls?: components["schemas"]["RecordedCall"][];
            reply?: components["schemas"]["RecordedReply"] | null;
        };
        /** @description Why a task was left as it is: what the single request would have been answered. */
        RefusedOut: {
            status: number;
            detail: string;
            errors: {
                [key: string]: string;
            }[];
        };
        /** @description The session goes on under another cookie, and this is its CSRF token. */
        RenewedOut: {
            csrf_token: string | null;
        };
        /** @description How to run it again. Without `from_step` and `from_failure` everything runs again and nothing is reused. */
        ReplayIn: {
            /** @description Key or name of the step from which it runs again. */
            from_step?: string | null;
            /**
             * @description From the step that made the run fail.
             * @default false
             */
            from_failure?: boolean;
            /** @description Another input; leave it out for the same one. */
            input?: unknown;
            /**
             * @description Only tell what would be reused and what would run again.
             * @default false
             */
            dry_run?: boolean;
        };
        /**
         * @description What a replay does, or would do: `run` is the new run, null in a dry run. `again` lists the origin's steps that run again if
         *     the code still comes by them.
         */
        ReplayOut: {
            run: string | null;
            origin: string;
            function: string;
            version: string | null;
            from_step: string | null;
            reused: components["schemas"]["PlannedStepOut"][];
            again: components["schemas"]["PlannedStepOut"][];
            warnings: string[];
        };
        /** @description Whose password is lost. */
        ResetIn: {
            email: string;
        };
        /** @description A link under which a new password is set, for a day. Shown once. */
        ResetOut: {
            link: string | null;
        };
        /** @description What is left out stays as it is; only `usage` can be null: for ever. */
        RetentionIn: {
            /** @description A duration, as in 90d or 36h. */
            runs?: string | null;
            /** @description A duration, as in 90d or 36h. */
            events?: string | null;
            /** @description A duration, as in 90d or 36h. */
            frames?: string | null;
            /** @description A duration, as in 90d or 36h. */
            usage?: string | null;
        };
        /** @description `runs`: after their end. `frames`: of finished runs, which keep their steps. `usage` null: for ever. `swept_at`: the last sweep. */
        RetentionOut: {
            runs: string;
            events: string;
            frames: string;
            usage: string | null;
            swept_at: string | null;
        };
        /** @description How long the value before stays good. */
        RotationIn: {
            /**
             * @description At most 30 days; `0s` ends it at once.
             * @default 24h
             */
            grace?: string;
            /**
             * @description End at once what an earlier rotation has left good.
             * @default false
             */
            end_old?: boolean;
        };
        /** @description What became of a row. `errors`: why it was refused, or which of its links could not be made. */
        RowOut: {
            row: number;
            /** @enum {string} */
            outcome: "created" | "present" | "refused";
            external_id: string | null;
            key: string | null;
            errors: {
                [key: string]: string;
            }[];
        };
        /**
         * @description Every condition that a rule names must hold. `*` and `?` in names stand for any characters; of several labels one is enough.
         *
         *     `when` is an expression (CEL) over `args`, `tool` {name, effect}, `agent` {name}, `task` {key, labels}, `cost` (US dollars so far, or
         *     null), `taint` {tainted, sources} and `now` {date, time, hour, minute, weekday} in `zone`.
         */
        Rule: {
            /**
             * @description What becomes of the call: it runs, waits for people, or never runs.
             * @enum {string}
             */
            action: "allow" | "require" | "deny";
            /** @description Names of tools, or patterns. */
            tool?: string[] | null;
            effect?: ("read" | "write" | "money" | "outside")[] | null;
            /** @description Names of agents, or patterns. */
            agent?: string[] | null;
            /** @description The task has one of these labels. */
            labels?: string[] | null;
            /** @description Whether the agent has read untrusted content. An `allow` covers such calls only with `true`. */
            tainted?: boolean | null;
            when?: string | null;
            zone?: string | null;
            reason?: string | null;
            require?: components["schemas"]["Terms"] | null;
            /** @description Whether people may approve further calls at once; money only with `true`. */
            grantable?: boolean | null;
        };
        /** @description A rule to add. */
        RuleIn: {
            /** @description Small letters, digits, - and _; given once. */
            name: string;
            /** @description failed_runs, stalled_queue, overdue_approval, used_budget or undispatched_events. */
            kind: string;
            /** @description Names of channels. */
            channels: string[];
            /** @description Only this one; without it failed runs count for each function. */
            function?: string | null;
            /**
             * @description failed_runs: from how many on.
             * @default 1
             */
            threshold?: number;
            /** @description failed_runs: how far back to count; otherwise how old something may get. `10m`, or seconds. */
            window?: string | number | null;
            /**
             * @description Before somebody is told about the same thing again.
             * @default 14400
             */
            quiet?: string | number;
        };
        /** @description A rule. */
        RuleOut: {
            id: string;
            name: string;
            kind: string;
            function: string | null;
            threshold: number;
            window_seconds: number;
            quiet_seconds: number;
            channels: string[];
            created_at: string;
        };
        /** @description Rules by name. */
        RulePage: {
            data: components["schemas"]["RuleOut"][];
            next_cursor?: string | null;
        };
        /** @description Runs for which all of this holds. */
        RunFilterIn: {
            state?: ("queued" | "running" | "sleeping" | "waiting" | "paused" | "completed" | "failed" | "cancelled" | "skipped") | null;
            function?: string | null;
            /** @description The class name of the error. */
            error_type?: string | null;
            /** @description Looked for in the error. */
            q?: string | null;
            since?: string | null;
            until?: string | null;
            dismissed?: boolean | null;
            test?: boolean | null;
            /** @description The name or the id of the agent whose runs they are. */
            agent?: string | null;
        };
        /** @description A run with all that a replay of it finds, for `flowforge.testing.replay_history`. */
        RunHistory: {
            /** @constant */
            format: "flowforge-history/1";
            id: string;
            function: string;
            version: string | null;
            /** @enum {string} */
            state: "queued" | "running" | "sleeping" | "waiting" | "paused" | "completed" | "failed" | "cancelled" | "skipped";
            event: components["schemas"]["RecordedEvent"];
            /** @default false */
            batch?: boolean;
            depth: number;
            attempt: number;
            started_at: string | null;
            output: unknown;
            error: {
                [key: string]: unknown;
            } | null;
            steps: components["schemas"]["RecordedStep"][];
        };
        /** @description A run to start. */
        RunIn: {
            /** @description What the function finds in `ctx.event.data`. */
            input?: unknown;
        };
        /** @description Something to say to the agent of a run. */
        RunMessageIn: {
            /** @description What the agent reads at its next turn. */
            text: string;
        };
        /**
         * @description A run. `due` is when a sleeping or waiting one wakes by itself; `reason` says why it does not go on; `seq` is the id of the
         *     newest frame of its stream that this answer includes. A replay names the run that is
         *     its `origin`, a run that a step began the `parent`. A list leaves out (null) an `output` of over 256 KiB: ask for the run.
         */
        RunOut: {
            id: string;
            label: string;
            function: string;
            /** @enum {string} */
            state: "queued" | "running" | "sleeping" | "waiting" | "paused" | "completed" | "failed" | "cancelled" | "skipped";
            trigger: string;
            input: unknown;
            output: unknown;
            error: {
                [key: string]: unknown;
            } | null;
            attempt: number;
            cost: string | null;
            agent: string | null;
            task: string | null;
            created_at: string;
            started_at: string | null;
            ended_at: string | null;
            due: string | null;
            reason: string | null;
            progress: components["schemas"]["Progress"] | null;
            seq: number;
            version: string | null;
            origin: string | null;
            origin_step: string | null;
            dismissed_at: string | null;
            /** @description Model calls that were answered and have no price; `cost` is then null. */
            unpriced_calls: number;
            /**
             * @description A test key began it, or what it comes from.
             * @default false
             */
            test?: boolean;
            /** @description Model calls that were never answered; `cost` does not hold what they cost. */
            unknown_calls: number;
            /** @description The event that began it. */
            event: string | null;
            /** @description The run of which a step began it. */
            parent: string | null;
        };
        /** @description Runs, newest first. */
        RunPage: {
            data: components["schemas"]["RunOut"][];
            next_cursor?: string | null;
        };
        /** @description Why. */
        RunPauseIn: {
            /** @description Shown with the run. */
            reason?: string | null;
        };
        /** @description An act on many runs. First with `dry_run`; then with the `confirm` of that preview. */
        RunsActIn: {
            /** @enum {string} */
            action: "cancel" | "replay" | "delete" | "dismiss" | "pause" | "resume" | "move";
            filter?: components["schemas"]["RunFilterIn"];
            options?: components["schemas"]["OptionsIn"];
            /** @default false */
            dry_run?: boolean;
            confirm?: components["schemas"]["ConfirmIn"] | null;
        };
        /** @description How far an act on many runs has got; `ended_at` is null while it goes on. `refused` runs were in a state that forbids it. */
        RunsActOut: {
            id: string;
            action: string;
            filter: {
                [key: string]: unknown;
            };
            expected: number;
            done: number;
            refused: number;
            by: string;
            created_at: string;
            ended_at: string | null;
        };
        /** @description A cron trigger. `waiting`: its time has come, and the run before it still goes on. */
        ScheduleOut: {
            cron: string;
            zone: string;
            catch_up: string;
            overlap: string;
            next_at: string | null;
            last_fired_at: string | null;
            waiting: boolean;
        };
        /** @description A SearXNG server, which must offer `format=json`. `secret` holds a bearer token, where it wants one. */
        SearXNG: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "searxng";
            url: string;
            secret?: string | null;
        };
        /** @description A secret's first value, or its next one, which is in use from then on. Without a subject the whole tenant may use it. */
        SecretIn: {
            /** @description `provider.<name>` holds the tenant's own key of a provider of models. */
            name: string;
            value: string;
            /**
             * @description How `value` writes the bytes; 64 KiB at most.
             * @default text
             * @enum {string}
             */
            encoding?: "text" | "base64";
            /**
             * @description Who may use it: everybody in the tenant, or one function, agent or tool.
             * @default tenant
             * @enum {string}
             */
            scope?: "tenant" | "function" | "agent" | "tool";
            /** @description Which function, agent or tool. */
            subject?: string | null;
        };
        /** @description Everything about a secret but its value. `current` is the version in use, null when all are retired. */
        SecretOut: {
            id: string;
            name: string;
            /** @enum {string} */
            scope: "tenant" | "function" | "agent" | "tool";
            subject: string | null;
            current: number | null;
            versions: components["schemas"]["SecretVersionOut"][];
            created_by: string;
            created_at: string;
        };
        SecretPage: {
            data: components["schemas"]["SecretOut"][];
            next_cursor?: string | null;
        };
        /** @description One value that a secret had. `last_used_at` is right to the minute; a retired version has no value any more. */
        SecretVersionOut: {
            version: number;
            created_by: string;
            created_at: string;
            last_used_at: string | null;
            retired_at: string | null;
        };
        /** @description Who is signed in, what they are in the tenant that they look at, and the token that goes with every write of theirs. */
        SessionOut: {
            account: string;
            user: string;
            name: string;
            email: string;
            /** @enum {string} */
            role: "admin" | "approver" | "member" | "viewer";
            operator: boolean;
            tenant: components["schemas"]["WorkplaceOut"];
            tenants: components["schemas"]["WorkplaceOut"][];
            permissions: string[];
            second_factor: boolean;
            /** @description To be sent as X-FlowForge-CSRF by whoever writes with the session's cookie. */
            csrf_token: string;
        };
        /** @description Sessions, the newest first. */
        SessionPage: {
            data: components["schemas"]["SessionShownOut"][];
            next_cursor?: string | null;
        };
        /** @description One open session of the account. It ends at `ends_at` unless it is used before. */
        SessionShownOut: {
            id: string;
            current: boolean;
            created_at: string;
            used_at: string;
            ends_at: string;
            address: string;
            user_agent: string;
        };
        /** @description What the caller wants by mail, in place of what they wanted before. */
        SettingsIn: {
            /**
             * @default off
             * @enum {string}
             */
            digest?: "off" | "daily" | "weekly";
            /**
             * @description Of the digest, 0 to 23, in the time zone.
             * @default 8
             */
            hour?: number;
            /**
             * @description Of a weekly digest, 1, Monday, to 7.
             * @default 1
             */
            weekday?: number;
            /**
             * @description A name of the time zone database.
             * @default UTC
             */
            time_zone?: string;
            /**
             * @description Kinds that are mailed at once, unless read in a minute.
             * @default []
             */
            mail?: ("assigned" | "mentioned" | "question" | "approval" | "due" | "done" | "commented")[];
        };
        /** @description What the caller has asked for by mail. It goes to the address of their account, through the tenant's alert channel for mail. */
        SettingsOut: {
            /** @enum {string} */
            digest: "off" | "daily" | "weekly";
            hour: number;
            weekday: number;
            time_zone: string;
            mail: ("assigned" | "mentioned" | "question" | "approval" | "due" | "done" | "commented")[];
        };
        /** @description With whom: the id of a tenant (`tnt_…`), or null for every tenant of this deployment. */
        ShareIn: {
            with: string | null;
        };
        /** @description A version that may be imported. `own`: this tenant shares it; only then is it told with whom, and by whom. */
        SharedSkillOut: {
            id: string;
            name: string;
            number: number;
            tree: string;
            description: string;
            owner: string;
            own: boolean;
            with: string | null;
            shared_by: string;
            created_at: string;
        };
        /** @description Shared skills by name. */
        SharedSkillPage: {
            data: components["schemas"]["SharedSkillOut"][];
            next_cursor?: string | null;
        };
        /** @description An e-mail address, a password, and a code where the account has a second factor. */
        SignInBody: {
            email: string;
            /** @description Their password. */
            password: string;
            /** @description Of the app or a recovery code, where the account has a second factor. */
            code?: string | null;
        };
        /** @description A signal to send. */
        SignalIn: {
            /** @description What the run waits for by this name. */
            signal: string;
            /** @description What the wait returns: any JSON value. */
            data?: unknown;
        };
        /** @description A signal that is stored, and will be delivered once. */
        SignalOut: {
            id: string;
            run: string;
            signal: string;
        };
        /** @description A file with what stands in it: a text, or bytes in base64. */
        SkillContentOut: {
            path: string;
            sha256: string;
            bytes: number;
            text: string | null;
            base64: string | null;
        };
        /** @description A version with its instructions and a list of its files. */
        SkillDetailOut: {
            name: string;
            number: number;
            label: string | null;
            /** @enum {string} */
            layer: "tenant" | "deployment";
            tree: string;
            description: string;
            tools: string[];
            /** @description An agent gets those of them that are to be had. */
            optional_tools: string[];
            license: string | null;
            compatibility: string | null;
            metadata: {
                [key: string]: string;
            };
            /** @description As it is written in the skill; here it allows nothing. */
            allowed_tools: string | null;
            files: number;
            bytes: number;
            /** @description Where it came from: `kind`, and what belongs to it. */
            source: {
                [key: string]: unknown;
            };
            /** @description Somebody here answers for its text; else it counts as from outside. */
            vouched: boolean;
            created_by: string | null;
            created_at: string;
            deprecated_at: string | null;
            deprecation: string | null;
            instructions: string;
            manifest: components["schemas"]["SkillFileOut"][];
        };
        /** @description What is different between two versions. */
        SkillDiffOut: {
            from: number;
            to: number;
            files: components["schemas"]["FileDiffOut"][];
        };
        /** @description One file of a version. */
        SkillFileOut: {
            path: string;
            sha256: string;
            bytes: number;
        };
        /** @description Where to fetch a skill: an address, or the id of a shared one. It counts as from outside unless somebody vouches for it. */
        SkillImportIn: {
            /** @description Of a zip or tar.gz; `#subfolder=` names a folder in it. */
            url?: string | null;
            shared?: string | null;
            /** @description Of the archive at `url`; another one is refused. */
            sha256?: string | null;
            label?: string | null;
            /**
             * @description True: you have read it, and answer for its text.
             * @default false
             */
            vouched?: boolean;
        };
        /** @description The version that a bare name means. `loaded`: in how many runs an agent has loaded it; `hides_published`: workers publish one too. */
        SkillOut: {
            name: string;
            number: number;
            label: string | null;
            /** @enum {string} */
            layer: "tenant" | "deployment";
            tree: string;
            description: string;
            tools: string[];
            /** @description An agent gets those of them that are to be had. */
            optional_tools: string[];
            license: string | null;
            compatibility: string | null;
            metadata: {
                [key: string]: string;
            };
            /** @description As it is written in the skill; here it allows nothing. */
            allowed_tools: string | null;
            files: number;
            bytes: number;
            /** @description Where it came from: `kind`, and what belongs to it. */
            source: {
                [key: string]: unknown;
            };
            /** @description Somebody here answers for its text; else it counts as from outside. */
            vouched: boolean;
            created_by: string | null;
            created_at: string;
            deprecated_at: string | null;
            deprecation: string | null;
            versions: number;
            loaded: number;
            hides_published: boolean;
        };
        /** @description Skills by name. */
        SkillPage: {
            data: components["schemas"]["SkillOut"][];
            next_cursor?: string | null;
        };
        /** @description An agent that has the skill: as it names it, and the version that it would get now; null where there is none. */
        SkillUserOut: {
            agent: string;
            id: string;
            wanted: string;
            version: number | null;
        };
        /** @description Agents by name. */
        SkillUserPage: {
            data: components["schemas"]["SkillUserOut"][];
            next_cursor?: string | null;
        };
        /** @description One version of a skill. `layer`: the tenant's own, or one that workers publish. `tree` is the hash over all its files. */
        SkillVersionOut: {
            name: string;
            number: number;
            label: string | null;
            /** @enum {string} */
            layer: "tenant" | "deployment";
            tree: string;
            description: string;
            tools: string[];
            /** @description An agent gets those of them that are to be had. */
            optional_tools: string[];
            license: string | null;
            compatibility: string | null;
            metadata: {
                [key: string]: string;
            };
            /** @description As it is written in the skill; here it allows nothing. */
            allowed_tools: string | null;
            files: number;
            bytes: number;
            /** @description Where it came from: `kind`, and what belongs to it. */
            source: {
                [key: string]: unknown;
            };
            /** @description Somebody here answers for its text; else it counts as from outside. */
            vouched: boolean;
            created_by: string | null;
            created_at: string;
            deprecated_at: string | null;
            deprecation: string | null;
        };
        /** @description Versions, newest first. */
        SkillVersionPage: {
            data: components["schemas"]["SkillVersionOut"][];
            next_cursor?: string | null;
        };
        /** @description A Slack-compatible incoming webhook. Its address is a secret. */
        SlackSettings: {
            /** @description Tell of approvals that wait, with a link to each. */
            approvals?: boolean | null;
            /** @description Whoever has the link of a message may decide, without a sign-in: for trusted receivers. */
            link_decides?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "slack";
            /** @description Name of an environment variable of servers and workers. */
            url_env: string;
        };
        /** @description Mail over SMTP. */
        SmtpSettings: {
            /** @description Tell of approvals that wait, with a link to each. */
            approvals?: boolean | null;
            /** @description Whoever has the link of a message may decide, without a sign-in: for trusted receivers. */
            link_decides?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "smtp";
            host: string;
            /** @default 587 */
            port?: number;
            /**
             * @default starttls
             * @enum {string}
             */
            tls?: "starttls" | "tls" | "none";
            sender: string;
            to: string[];
            username?: string | null;
            password_env?: string | null;
        };
        /** @description Which items are put off, and until when; null brings them back now. */
        SnoozeIn: {
            /**
             * @description Items of this inbox.
             * @default []
             */
            ids?: string[];
            /** @description All whose `seq` is not above this. */
            up_to?: number | null;
            /** @description With its offset from UTC. */
            until: string | null;
        };
        /** @description What one subject of a budget has used in the window that is now. */
        SpendingOut: {
            subject: string;
            used: string;
            reserved: string;
            raised: string;
            unknown_calls: number;
        };
        /** @description Subjects, the fullest first, 200 at most. */
        SpendingPage: {
            data: components["schemas"]["SpendingOut"][];
            next_cursor?: string | null;
        };
        /** @description Why an agent has its status: what it is about, and since when. */
        StatusReasonOut: {
            /** @enum {string} */
            kind: "task" | "run" | "approval" | "question" | "dependency" | "event" | "signal" | "child" | "timer" | "limit" | "worker" | "person" | "failure" | "work";
            subject: string | null;
            since: string | null;
        };
        /** @description A program that a worker starts and speaks to through its standard input and output. Allowed where the operator says so. */
        Stdio: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "stdio";
            command: string;
            /** @default [] */
            args?: string[];
            /** @default {} */
            env?: {
                [key: string]: string;
            };
        };
        /**
         * @description A step. `attempts` are those that failed before the one shown; `ms` is the duration of the last one. `reused`: its result
         *     was taken over from the run that this one is a replay of. `seq`: the number of the run's stream that this includes.
         */
        StepOut: {
            key: string;
            name: string;
            kind: string;
            /** @enum {string} */
            state: "running" | "waiting" | "completed" | "failed";
            attempt: number;
            attempts: {
                [key: string]: unknown;
            }[];
            parent: string | null;
            input: unknown;
            output: unknown;
            error: {
                [key: string]: unknown;
            } | null;
            ms: number | null;
            cost: string | null;
            model: string | null;
            input_tokens: number | null;
            output_tokens: number | null;
            started_at: string;
            ended_at: string | null;
            due: string | null;
            reused: boolean;
            seq: number;
            /** @description The run that it began and waits for. */
            child: string | null;
        };
        /** @description All steps of a run, in the order of its stream. */
        Steps: {
            data: components["schemas"]["StepOut"][];
            next_cursor?: string | null;
        };
        /**
         * @description Calls, tokens and US dollars. Of the calls, `cached_calls` were answered from an earlier answer (`saved` is what that had cost),
         *     `unknown` were sent and never answered, `unpriced` have no price, of `estimated` the tokens were counted here. `cost` is the exact
         *     sum over the calls that have a price, null where none has.
         */
        SumsOut: {
            calls: number;
            cached_calls: number;
            unknown: number;
            unpriced: number;
            estimated: number;
            input_tokens: number;
            cached_tokens: number;
            cache_written_tokens: number;
            output_tokens: number;
            reasoning_tokens: number;
            cost: string | null;
            /** @description US dollars as a decimal string */
            saved: string;
            previous: components["schemas"]["BeforeOut"];
            /** @description Of the cost; null where there is nothing to compare with. */
            change_percent: number | null;
        };
        /** @description Why; the tenant's people are told. */
        SuspensionIn: {
            reason?: string | null;
        };
        /** @description What came of it for one task. */
        TaskActOut: {
            key: string;
            revision: number | null;
            error: components["schemas"]["RefusedOut"] | null;
        };
        /** @description Tasks for which all of this holds, as `GET /v1/tasks` has it. */
        TaskFilterIn: {
            board?: string | null;
            columns?: string[];
            assignee?: string | null;
            labels?: string[];
            priorities?: ("none" | "low" | "medium" | "high" | "urgent")[];
            due_before?: string | null;
            due_after?: string | null;
            blocked?: boolean | null;
            parent?: string | null;
            q?: string | null;
            updated_since?: string | null;
            /** @default false */
            archived?: boolean;
        };
        /** @description Up to 1,000 tasks, as JSON in `tasks` or as the text of a table in `csv`. */
        TaskImportIn: {
            tasks?: components["schemas"]["TaskRowIn"][] | null;
            /** @description With a first line of names: external_id, title, description, column, assignee, priority, labels, due_at, owner, parent, depends_on, checklist, archived. */
            csv?: string | null;
            /**
             * @description Make nothing, and say what would be made.
             * @default false
             */
            dry_run?: boolean;
        };
        /** @description A word on each row, in order. */
        TaskImportOut: {
            data: components["schemas"]["RowOut"][];
            created: number;
            present: number;
            refused: number;
            dry_run: boolean;
        };
        /** @description A task to make. Without a column it goes to the first one; an agent's task starts in Doing. */
        TaskIn: {
            /** @description One line, up to 500 characters. */
            title: string;
            /**
             * @description Markdown.
             * @default
             */
            description?: string;
            column?: string | null;
            assignee?: components["schemas"]["AssigneeIn"] | null;
            /** @description By prefix or name; FF unless given. */
            board?: string | null;
            /** @description The task that it is a part of. */
            parent?: string | null;
            /** @description Tasks that have to be done first. */
            depends_on?: string[];
            /** @default none */
            priority?: string;
            labels?: string[];
            due_at?: string | null;
            /** @description The person who stays responsible. */
            owner?: string | null;
            /** @description What is to be done, item by item. */
            checklist?: string[];
        };
        /**
         * @description A task. `run`, `state` and `cost` are those of its latest run, of all its runs for the cost; `comments` are the newest 100, in a list
         *     of tasks the newest one; `seq` is the id of the newest frame of its stream that this answer includes. `waits`: its agent starts as soon
         *     as `blocked_by` is empty and its board has room; `parked`: its agent's run is paused, because the task was moved away from its work.
         */
        TaskOut: {
            id: string;
            key: string;
            title: string;
            description: string;
            column: string;
            /** @description `{"agent": name}`, `{"user": name}`, or null. */
            assignee: {
                [key: string]: string;
            } | null;
            run: string | null;
            state: ("queued" | "running" | "sleeping" | "waiting" | "paused" | "completed" | "failed" | "cancelled" | "skipped") | null;
            cost: string | null;
            /** @description Its prefix. */
            board: string;
            /** @description Where it stands in its column: positions sort as text, byte by byte. */
            position: string;
            /** @enum {string} */
            priority: "none" | "low" | "medium" | "high" | "urgent";
            labels: string[];
            due_at: string | null;
            owner: string | null;
            parent: string | null;
            children: components["schemas"]["ChildrenOut"];
            checklist: components["schemas"]["ChecklistItemOut"][];
            depends_on: string[];
            /** @description Those of `depends_on` that are not done. */
            blocked_by: string[];
            waits: boolean;
            parked: boolean;
            archived_at: string | null;
            comments: components["schemas"]["CommentOut"][];
            /** @description Who hears of what is said on it, by name; 200 at most. */
            watchers: string[];
            attachments: components["schemas"]["AttachmentOut"][];
            revision: number;
            seq: number;
            created_by: string;
            created_at: string;
            updated_at: string;
        };
        /** @description Tasks by number. */
        TaskPage: {
            data: components["schemas"]["TaskOut"][];
            next_cursor?: string | null;
        };
        /** @description A JSON merge patch (RFC 7396): what is given replaces, what is left out stays, null takes a field back to what a new task has. */
        TaskPatch: {
            title?: string | null;
            description?: string | null;
            priority?: string | null;
            labels?: string[] | null;
            due_at?: string | null;
            owner?: string | null;
            parent?: string | null;
        };
        /** @description A task to bring in. `external_id` is what it is called where it comes from: with it, a second import makes no second task. */
        TaskRowIn: {
            external_id?: string | null;
            title: string;
            /** @default  */
            description?: string;
            column?: string | null;
            assignee?: components["schemas"]["AssigneeIn"] | null;
            /** @default none */
            priority?: string;
            labels?: string[];
            due_at?: string | null;
            owner?: string | null;
            /** @description By external id or by key. */
            parent?: string | null;
            /** @description By external id or by key. */
            depends_on?: string[];
            checklist?: components["schemas"]["ItemIn"][];
            /** @default false */
            archived?: boolean;
        };
        /** @description `truncated`: there are more cards in it than are shown. */
        TaskTreeOut: {
            root: components["schemas"]["TreeCardOut"];
            truncated: boolean;
        };
        /**
         * @description An act on the tasks of these keys, or of a filter: `move` needs `column`, `assign` an `assignee` or null for nobody, `label` what to
         *     `add` or `remove`, `priority` a `priority`.
         */
        TasksActIn: {
            /** @enum {string} */
            action: "move" | "assign" | "label" | "priority" | "archive" | "unarchive";
            keys?: string[] | null;
            filter?: components["schemas"]["TaskFilterIn"] | null;
            column?: string | null;
            assignee?: components["schemas"]["AssigneeIn"] | null;
            add?: string[];
            remove?: string[];
            priority?: ("none" | "low" | "medium" | "high" | "urgent") | null;
        };
        /** @description One result for each task, in the order of the keys. */
        TasksActOut: {
            data: components["schemas"]["TaskActOut"][];
            done: number;
            refused: number;
        };
        /** @description Tavily's search API. `secret` names the key. */
        Tavily: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "tavily";
            secret: string;
            /** @default https://api.tavily.com/search */
            url?: string;
        };
        /**
         * @description A lead and its members, by their names. A card that is given to the team is the lead's, who is told who is in the team and may give
         *     work to each; `instructions` are added to the lead's own.
         *
         *     >>> TeamDefinition(name="support", lead="atlas", members=("maya",)).limits.depth
         *     8
         */
        TeamDefinition: {
            /** @description lower-case letters, digits and hyphens */
            name: string;
            /** @description an agent */
            lead: string;
            /** @description agents */
            members: string[];
            /** @default  */
            description?: string;
            /** @default  */
            instructions?: string;
            /**
             * @default {
             *       "depth": 8,
             *       "cards_by_run": 20,
             *       "cards_in_tree": 200
             *     }
             */
            limits?: components["schemas"]["TeamLimits"];
        };
        /** @description A team to make. */
        TeamIn: {
            /** @description lower-case letters, digits and hyphens */
            name: string;
            /** @description an agent */
            lead: string;
            /** @description agents */
            members: string[];
            /** @default  */
            description?: string;
            /** @default  */
            instructions?: string;
            /**
             * @default {
             *       "depth": 8,
             *       "cards_by_run": 20,
             *       "cards_in_tree": 200
             *     }
             */
            limits?: components["schemas"]["TeamLimits"];
        };
        /** @description How many cards the lead and those behind it may make; a team may narrow this, and widen it up to the maximum. */
        TeamLimits: {
            /**
             * @description levels of cards below the team's
             * @default 8
             */
            depth?: number;
            /** @default 20 */
            cards_by_run?: number;
            /** @default 200 */
            cards_in_tree?: number;
        };
        /** @description A team. `status` follows from the runs of its agents. */
        TeamOut: {
            id: string;
            name: string;
            lead: string;
            members: string[];
            description: string;
            instructions: string;
            limits: components["schemas"]["TeamLimits"];
            /** @enum {string} */
            status: "running" | "waiting" | "idle";
            revision: number;
            created_at: string;
            updated_at: string;
        };
        /** @description Teams by name. */
        TeamPage: {
            data: components["schemas"]["TeamOut"][];
            next_cursor?: string | null;
        };
        /** @description A JSON merge patch (RFC 7396): what is given replaces, null puts back to the default, what is left out stays. */
        TeamPatch: {
            name?: string | null;
            lead?: string | null;
            members?: string[] | null;
            description?: string | null;
            instructions?: string | null;
            limits?: {
                [key: string]: number | null;
            } | null;
        };
        /** @description What a team was, and who made it so. */
        TeamRevisionOut: {
            revision: number;
            definition: components["schemas"]["TeamDefinition"];
            created_by: string;
            created_at: string;
        };
        /** @description Revisions, the newest first. */
        TeamRevisionPage: {
            data: components["schemas"]["TeamRevisionOut"][];
            next_cursor?: string | null;
        };
        /** @description Which revision it is to be again. */
        TeamRollbackIn: {
            revision: number;
        };
        /** @description The tenant to look at. */
        TenantBody: {
            /** @description Its name or its id. */
            tenant: string;
        };
        /** @description A tenant to make, or its new name. */
        TenantIn: {
            name: string;
        };
        /** @description A tenant. `deleting`: rows go until none is left; there is no way back. `deleted`: none is left. */
        TenantOut: {
            id: string;
            name: string;
            /** @enum {string} */
            state: "active" | "suspended" | "deleting" | "deleted";
            reason: string | null;
            suspended_at: string | null;
            created_at: string;
            deleted_rows: number;
        };
        /** @description Tenants by name. */
        TenantPage: {
            data: components["schemas"]["TenantOut"][];
            next_cursor?: string | null;
        };
        /** @description The requirement as a rule writes it; durations as `"30m"`, `"24h"` or seconds. */
        Terms: {
            /**
             * @description How many different people must approve.
             * @default 1
             */
            count?: number;
            /**
             * @description Only people of these roles; admins count as approvers.
             * @default []
             */
            roles?: ("admin" | "approver" | "member" | "viewer")[];
            /**
             * @description Only these, by name, or who stands in for them.
             * @default []
             */
            people?: string[];
            /**
             * @description Whoever gave the work does not decide about it.
             * @default false
             */
            not_requester?: boolean;
            /** @description How long it is open; then it reads as denied. */
            expires?: number | null;
            remind_after?: number | null;
            escalate_after?: number | null;
            /** @description Whose people may decide too, after `escalate_after`. */
            escalate_to?: ("admin" | "approver" | "member" | "viewer") | null;
        };
        /** @description What to call it with. */
        TestIn: {
            arguments?: {
                [key: string]: unknown;
            };
        };
        /** @description An OpenAPI document, as it is or by its address. Without `tags` and `operations`, all of its operations. */
        ToolImportIn: {
            /** @description A name for it: importing it again compares. */
            source: string;
            /** @description The document itself. */
            document?: {
                [key: string]: unknown;
            } | null;
            /** @description Where it is, instead. */
            url?: string | null;
            /** @default [] */
            tags?: string[];
            /**
             * @description Operation ids.
             * @default []
             */
            operations?: string[];
            /**
             * @description Before each name.
             * @default
             */
            prefix?: string;
            /**
             * @description By operation id, where the method's is not right.
             * @default {}
             */
            effects?: {
                [key: string]: "read" | "write" | "money" | "outside";
            };
            auth?: (components["schemas"]["Bearer"] | components["schemas"]["Basic"] | components["schemas"]["Key"]) | null;
            /** @description Where calls go, if not where the document says. */
            server?: string | null;
            /**
             * @description Say what would be made, changed and removed, and do nothing.
             * @default true
             */
            dry_run?: boolean;
        };
        /** @description What an import makes, changes, removes and leaves as it is; `refused` could be no tools. `tools` are those made or changed. */
        ToolImportOut: {
            source: string;
            title: string;
            dry_run: boolean;
            made: string[];
            changed: string[];
            removed: string[];
            kept: string[];
            refused: string[];
            tools: {
                [key: string]: unknown;
            }[];
        };
        /**
         * @description A tool. `state`: agents get it when it is `ready`; `shadowed` has the name of another one, which they get; new, changed and gone are
         *     of MCP servers' tools. `outside`: its results come from elsewhere. Counts are of today, UTC; `error` is of the last call that failed.
         */
        ToolOut: {
            name: string;
            /** @enum {string} */
            origin: "code" | "builtin" | "http" | "mcp" | "skill";
            /** @enum {string} */
            state: "ready" | "new" | "changed" | "gone" | "shadowed";
            description: string;
            /** @enum {string} */
            effect: "read" | "write" | "money" | "outside";
            approval: boolean | null;
            reversible: boolean | null;
            consequence: string | null;
            outside: boolean;
            timeout_seconds: number | null;
            rate: string | null;
            parameters: {
                [key: string]: unknown;
            };
            server: string | null;
            revision: number | null;
            source: string | null;
            used_by: string[];
            calls_today: number;
            failures_today: number;
            called_at: string | null;
            error: string | null;
            failed_at: string | null;
        };
        /** @description Tools by name. */
        ToolPage: {
            data: components["schemas"]["ToolOut"][];
            next_cursor?: string | null;
        };
        /** @description A card with those below it. `cost_below` is what they cost together; null where a price is not known. */
        TreeCardOut: {
            key: string;
            title: string;
            column: string;
            /** @description `{"agent": name}`, `{"user": name}`, or null. */
            assignee: {
                [key: string]: string;
            } | null;
            cost: string | null;
            cost_below: string | null;
            runs: components["schemas"]["TreeRunOut"][];
            children: components["schemas"]["TreeCardOut"][];
        };
        /** @description A run on a card; `made` are the tasks that it has given away. */
        TreeRunOut: {
            id: string;
            agent: string | null;
            /** @enum {string} */
            state: "queued" | "running" | "sleeping" | "waiting" | "paused" | "completed" | "failed" | "cancelled" | "skipped";
            cost: string | null;
            made: string[];
        };
        /** @description One page of groups, the dearest first, days in their order. `totals` are those of all pages. */
        UsageOut: {
            /** @enum {string} */
            group_by: "model" | "provider" | "tenant" | "agent" | "function" | "task" | "day" | "run";
            since: string;
            until: string;
            previous_since: string;
            totals: components["schemas"]["SumsOut"];
            data: components["schemas"]["GroupOut"][];
            next_cursor?: string | null;
        };
        /** @description A person to add. */
        UserIn: {
            /** @description One line, up to 100 characters; each name is given once. */
            name: string;
        };
        /** @description A person. */
        UserOut: {
            id: string;
            name: string;
            /** @description What they may in this tenant; null for somebody who cannot sign in. */
            role: ("admin" | "approver" | "member" | "viewer") | null;
            created_at: string;
        };
        /** @description People, in the order in which they were added. */
        UserPage: {
            data: components["schemas"]["UserOut"][];
            next_cursor?: string | null;
        };
        /** @description Which code executes the run. */
        VersionIn: {
            /** @description A version of its function; null: whichever a worker has. */
            version: string | null;
        };
        /** @description What somebody said. With `voided_by` it counts no more: that person has edited the arguments, or the voter has voted again. */
        VoteOut: {
            name: string;
            approved: boolean;
            hash: string;
            reason: string | null;
            on_behalf_of: string | null;
            role: string | null;
            voted_at: string;
            voided_by: string | null;
        };
        /** @description Somebody who watches a task. */
        WatcherOut: {
            id: string;
            name: string;
            since: string;
        };
        /** @description Watchers by name. */
        WatcherPage: {
            data: components["schemas"]["WatcherOut"][];
            next_cursor?: string | null;
        };
        /** @description The whole of the settings: what is left out has its default. */
        WebAccessIn: {
            allow?: string[] | null;
            search?: (components["schemas"]["SearXNG"] | components["schemas"]["Brave"] | components["schemas"]["Tavily"]) | null;
        };
        /** @description The settings; `revision` is 0 as long as nobody has set any: then every public address may be called, and nobody searches. */
        WebAccessOut: {
            allow: string[] | null;
            search: {
                [key: string]: unknown;
            } | null;
            revision: number;
            updated_at: string | null;
        };
        /** @description One message for one endpoint. While it is pending, `due` is when it is tried next. */
        WebhookDeliveryOut: {
            id: string;
            endpoint: string;
            event: string;
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            attempt: number;
            due: string | null;
            delivered_at: string | null;
            error: string | null;
            created_at: string;
        };
        /** @description How long the key before it goes on signing beside it: `24h`, or seconds; at most seven days. */
        WebhookKeyIn: {
            /** @default 24h */
            overlap?: string | number;
        };
        /** @description A signing key, without what it is. `expires_at` is null for the newest. */
        WebhookKeyOut: {
            id: string;
            created_at: string;
            expires_at: string | null;
        };
        /** @description A POST of JSON, signed as Standard Webhooks say when there is a secret (`whsec_…`). */
        WebhookSettings: {
            /** @description Tell of approvals that wait, with a link to each. */
            approvals?: boolean | null;
            /** @description Whoever has the link of a message may decide, without a sign-in: for trusted receivers. */
            link_decides?: boolean | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "webhook";
            url?: string | null;
            url_env?: string | null;
            secret_env?: string | null;
        };
        /** @description What it was done to. `name` is null where it was erased. */
        WhatOut: {
            kind: string;
            name: string | null;
        };
        /** @description Who acted. `name` is null where it was erased. */
        WhoOut: {
            /** @enum {string} */
            kind: "person" | "agent" | "key" | "system";
            name: string | null;
            id: string | null;
        };
        /** @description A delivery with what is sent and every attempt. */
        WholeDeliveryOut: {
            id: string;
            endpoint: string;
            event: string;
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            attempt: number;
            due: string | null;
            delivered_at: string | null;
            error: string | null;
            created_at: string;
            payload: {
                [key: string]: unknown;
            };
            attempts: components["schemas"]["AttemptOut"][];
        };
        /** @description A tool with its definition, where it is a call over HTTP. */
        WholeToolOut: {
            name: string;
            /** @enum {string} */
            origin: "code" | "builtin" | "http" | "mcp" | "skill";
            /** @enum {string} */
            state: "ready" | "new" | "changed" | "gone" | "shadowed";
            description: string;
            /** @enum {string} */
            effect: "read" | "write" | "money" | "outside";
            approval: boolean | null;
            reversible: boolean | null;
            consequence: string | null;
            outside: boolean;
            timeout_seconds: number | null;
            rate: string | null;
            parameters: {
                [key: string]: unknown;
            };
            server: string | null;
            revision: number | null;
            source: string | null;
            used_by: string[];
            calls_today: number;
            failures_today: number;
            called_at: string | null;
            error: string | null;
            failed_at: string | null;
            definition: {
                [key: string]: unknown;
            } | null;
        };
        /** @description A tenant that this person can work in, and as what. */
        WorkplaceOut: {
            id: string;
            name: string;
            /** @enum {string} */
            role: "admin" | "approver" | "member" | "viewer";
        };
        /** @description RFC 9457. Some kinds add members: `nearest` (not-found), `winner` (conflict, gone), `hint`. */
        Problem: {
            /** @description The kind, as a link into /docs. */
            type: string;
            title: string;
            status: number;
            /** @description One sentence for people. */
            detail: string;
            /** @description The path that was asked for. */
            instance: string;
            errors: {
                /** @description JSON pointer (RFC 6901) into the body. */
                pointer: string;
                detail: string;
                /** @description A query, path or header name, where it is not in the body. */
                parameter?: string;
            }[];
            request_id: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description Of this request, which the log names by it; the caller's own, where it sent one. */
        "X-Request-Id": string;
        /** @description Where it stands now. */
        Location: string;
        /** @description Its revision, for `If-Match`. */
        ETag: string;
        /** @description `true` where it is the answer to an earlier request with this key. */
        "Idempotency-Replayed": string;
        /** @description Seconds after which to ask again. */
        "Retry-After": number;
        /** @description How much is allowed (`q`) in how many seconds (`w`). */
        "RateLimit-Policy": string;
        /** @description How much is left now (`r`), and after how many seconds there is more (`t`). Not from where nothing is limited. */
        RateLimit: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_events: {
        parameters: {
            query?: {
                /** @description Only events of this name; `*` stands for anything. */
                name?: string | null;
                /** @description Only events received at or after this time. */
                since?: string | null;
                /** @description Only what test keys have sent, or only what is live. */
                test?: boolean | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
        };
    };
    send_events_v1: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EventIn"] | components["schemas"]["EventIn"][];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedEvents"];
                };
            };
        };
    };
    get_event: {
        parameters: {
            query?: {
                /** @description Answer for this function only. */
                function?: string | null;
            };
            header?: never;
            path: {
                /** @description An event's id, the sender's own id, or any ending of the id that fits only one. */
                event_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventDetails"];
                };
            };
        };
    };
    list_bulk_acts: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkList"];
                };
            };
        };
    };
    act_on_runs: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunsActIn"];
            };
        };
        responses: {
            /** @description The preview that was asked for with dry_run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkAnswer"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkAnswer"];
                };
            };
        };
    };
    get_bulk_act: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id. */
                bulk_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunsActOut"];
                };
            };
        };
    };
    list_runs: {
        parameters: {
            query?: {
                /** @description Only runs in this state. */
                state?: ("queued" | "running" | "sleeping" | "waiting" | "paused" | "completed" | "failed" | "cancelled" | "skipped") | null;
                /** @description Only runs of this function. */
                function?: string | null;
                /** @description Only runs that failed with an error of this class. */
                error_type?: string | null;
                /** @description Only runs with this in their error, whatever its case. */
                q?: string | null;
                /** @description Only runs made then or later. */
                since?: string | null;
                /** @description Only runs made until then. */
                until?: string | null;
                /** @description Only failures that somebody has dismissed, or only others. */
                dismissed?: boolean | null;
                /** @description Only test runs, or only live ones. */
                test?: boolean | null;
                /** @description Only runs of this agent, by name or id. */
                agent?: string | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                };
            };
        };
    };
    get_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    delete_run: {
        parameters: {
            query?: {
                /** @description Also when it has not ended, whatever it is doing. */
                force?: boolean;
            };
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_steps: {
        parameters: {
            query?: {
                /** @description Only steps of which more is known than at this `seq`, and those that run now. */
                after?: number;
            };
            header?: never;
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Steps"];
                };
            };
        };
    };
    cancel_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    pause_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunPauseIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    resume_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    dismiss_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    undismiss_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    move_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VersionIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    stream_run: {
        parameters: {
            query?: {
                /** @description `ag-ui`: each frame as one event of AG-UI, under the same id and without an `event:` line. */
                format?: "frames" | "ag-ui";
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
            };
            header?: never;
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-Sent Events. Control frames (`hello`, `message.snapshot`, `lagged`, `reset`) carry no id; a comment comes every 15 s. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The run has ended and `Last-Event-ID` is its final frame: there is nothing to reconnect for. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    stream_agent: {
        parameters: {
            query?: {
                /** @description `ag-ui`: each frame as one event of AG-UI, under the same id and without an `event:` line. */
                format?: "frames" | "ag-ui";
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
            };
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-Sent Events. Control frames (`hello`, `message.snapshot`, `lagged`, `reset`) carry no id; a comment comes every 15 s. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The run has ended and `Last-Event-ID` is its final frame: there is nothing to reconnect for. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    stream_task: {
        parameters: {
            query?: {
                /** @description `ag-ui`: each frame as one event of AG-UI, under the same id and without an `event:` line. */
                format?: "frames" | "ag-ui";
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
            };
            header?: never;
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-Sent Events. Control frames (`hello`, `message.snapshot`, `lagged`, `reset`) carry no id; a comment comes every 15 s. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The run has ended and `Last-Event-ID` is its final frame: there is nothing to reconnect for. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    stream_tenant: {
        parameters: {
            query?: {
                /** @description Only these: names (`run.failed`) and families (`task.*`). None: all that the caller may read. */
                kinds?: string[];
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-Sent Events, as on the other streams. It does not end. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
        };
    };
    list_run_frames: {
        parameters: {
            query?: {
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
                /** @description How many seconds to wait for a frame where there is none yet. */
                wait?: number;
                /** @description How many frames to return at most. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FramesOut"];
                };
            };
        };
    };
    list_agent_frames: {
        parameters: {
            query?: {
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
                /** @description How many seconds to wait for a frame where there is none yet. */
                wait?: number;
                /** @description How many frames to return at most. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FramesOut"];
                };
            };
        };
    };
    list_task_frames: {
        parameters: {
            query?: {
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
                /** @description How many seconds to wait for a frame where there is none yet. */
                wait?: number;
                /** @description How many frames to return at most. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FramesOut"];
                };
            };
        };
    };
    list_frames: {
        parameters: {
            query?: {
                /** @description Only these: names (`run.failed`) and families (`task.*`). None: all that the caller may read. */
                kinds?: string[];
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
                /** @description How many seconds to wait for a frame where there is none yet. */
                wait?: number;
                /** @description How many frames to return at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FramesOut"];
                };
            };
        };
    };
    replay_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayIn"];
            };
        };
        responses: {
            /** @description The plan that was asked for with dry_run. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayOut"];
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayOut"];
                };
            };
        };
    };
    list_ids: {
        parameters: {
            query: {
                /** @description A whole id, a label, or an ending of at least four digits. */
                ending: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamedPage"];
                };
            };
        };
    };
    get_run_history: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunHistory"];
                };
            };
        };
    };
    signal_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignalIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignalOut"];
                };
            };
        };
    };
    list_functions: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionPage"];
                };
            };
        };
    };
    start_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The function's id. */
                function_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    show_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeOut"];
                };
            };
        };
    };
    show_queue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueOut"];
                };
            };
        };
    };
    list_limits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitsOut"];
                };
            };
        };
    };
    set_limit: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A shared limit's name, or <function>:<place>. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CapacityIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitOut"];
                };
            };
        };
    };
    reset_limit: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A shared limit's name, or <function>:<place>. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitOut"];
                };
            };
        };
    };
    list_pauses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PausesOut"];
                };
            };
        };
    };
    pause_function: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The function's id. */
                function_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PauseIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PauseOut"];
                };
            };
        };
    };
    resume_function: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The function's id. */
                function_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    pause_tenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PauseIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PauseOut"];
                };
            };
        };
    };
    resume_tenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_agents: {
        parameters: {
            query?: {
                /** @description Only those that are so now. */
                status?: ("running" | "waiting" | "queued" | "paused" | "archived" | "error" | "idle") | null;
                /** @description Only those with this skill. */
                skill?: string | null;
                /** @description Only those with this model. */
                model?: string | null;
                /** @description Only archived ones, or only others; both unless given. */
                archived?: boolean | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPage"];
                };
            };
        };
    };
    create_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentOut"];
                };
            };
        };
    };
    get_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentOut"];
                };
            };
        };
    };
    delete_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentOut"];
                };
            };
        };
    };
    act_on_tasks: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TasksActIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TasksActOut"];
                };
            };
        };
    };
    list_notes: {
        parameters: {
            query?: {
                /** @description Words to look for; any of them. */
                q?: string | null;
                /** @description Only notes of this task. */
                task?: string | null;
                /** @description Only notes with this tag. */
                tag?: string | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotePage"];
                };
            };
        };
    };
    create_note: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteOut"];
                };
            };
        };
    };
    get_note: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
                /** @description A note's id, or an ending of it. */
                note: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteOut"];
                };
            };
        };
    };
    delete_note: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
                /** @description A note's id, or an ending of it. */
                note: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_note: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
                /** @description A note's id, or an ending of it. */
                note: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NotePatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoteOut"];
                };
            };
        };
    };
    tell_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentMessageIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageOut"];
                };
            };
        };
    };
    list_run_messages: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
        };
    };
    tell_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A run's id, its label, or any ending of the id that fits only one. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunMessageIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageOut"];
                };
            };
        };
    };
    run_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentRunIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    list_agent_revisions: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentRevisionPage"];
                };
            };
        };
    };
    get_agent_revision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
                /** @description The number of a revision. */
                revision: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentRevisionOut"];
                };
            };
        };
    };
    diff_agent: {
        parameters: {
            query: {
                /** @description The revision that is the older one, most often. */
                from: number;
                /** @description The revision that it is compared with. */
                to: number;
            };
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DiffOut"];
                };
            };
        };
    };
    roll_back_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentRollbackIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentOut"];
                };
            };
        };
    };
    pause_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentPauseIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentOut"];
                };
            };
        };
    };
    resume_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentOut"];
                };
            };
        };
    };
    archive_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentArchiveIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentOut"];
                };
            };
        };
    };
    unarchive_agent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentOut"];
                };
            };
        };
    };
    list_agent_queue: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentQueuePage"];
                };
            };
        };
    };
    list_agent_triggers: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentTriggerPage"];
                };
            };
        };
    };
    create_agent_trigger: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AgentTriggerIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentTriggerOut"];
                };
            };
        };
    };
    delete_agent_trigger: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An agent's name, its id, or any ending of the id that fits only one. */
                agent: string;
                /** @description The id of a trigger. */
                trigger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_skills: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillPage"];
                };
            };
        };
    };
    create_skill: {
        parameters: {
            query?: {
                /** @description A name for this version; it goes over from whichever had it. */
                label?: string | null;
                /** @description False: nobody here answers for its text. */
                vouched?: boolean;
                /** @description Of an archive: the folder that is the skill. */
                subfolder?: string | null;
            };
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Texts, by path. */
                    files: {
                        [key: string]: string;
                    };
                    /** @description Bytes in base64, by path. */
                    base64_files?: {
                        [key: string]: string;
                    };
                };
                "application/zip": string;
                "application/gzip": string;
            };
        };
        responses: {
            /** @description These files are a version already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillVersionOut"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillVersionOut"];
                };
            };
        };
    };
    get_skill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillDetailOut"];
                };
            };
        };
    };
    delete_skill: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_skill_versions: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillVersionPage"];
                };
            };
        };
    };
    get_skill_file: {
        parameters: {
            query: {
                /** @description As the manifest has it. */
                path: string;
            };
            header?: never;
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillContentOut"];
                };
            };
        };
    };
    diff_skill: {
        parameters: {
            query: {
                /** @description A number or a label. */
                from: string;
                /** @description Likewise; the version that the name means unless given. */
                to?: string | null;
            };
            header?: never;
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillDiffOut"];
                };
            };
        };
    };
    export_skill: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A zip; the same version gives the same bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
        };
    };
    list_skill_agents: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillUserPage"];
                };
            };
        };
    };
    deprecate_skill: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeprecationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillVersionOut"];
                };
            };
        };
    };
    undeprecate_skill: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillVersionOut"];
                };
            };
        };
    };
    import_skill: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SkillImportIn"];
            };
        };
        responses: {
            /** @description These files are a version already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillVersionOut"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkillVersionOut"];
                };
            };
        };
    };
    share_skill: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A name, with a version where one is meant. */
                skill: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharedSkillOut"];
                };
            };
        };
    };
    list_shared_skills: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharedSkillPage"];
                };
            };
        };
    };
    unshare_skill: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The id of a shared skill. */
                share: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_tools: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
                /** @description Only tools from there. */
                origin?: ("code" | "builtin" | "http" | "mcp") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ToolPage"];
                };
            };
        };
    };
    create_tool: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HttpToolIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeToolOut"];
                };
            };
        };
    };
    get_tool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name. */
                tool: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeToolOut"];
                };
            };
        };
    };
    delete_tool: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name. */
                tool: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_tool: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name. */
                tool: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HttpToolPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeToolOut"];
                };
            };
        };
    };
    test_tool: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name. */
                tool: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TestIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    import_tools: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ToolImportIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ToolImportOut"];
                };
            };
        };
    };
    list_mcp_servers: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerPage"];
                };
            };
        };
    };
    create_mcp_server: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["McpServerIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerOut"];
                };
            };
        };
    };
    get_mcp_server: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The server's name. */
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerOut"];
                };
            };
        };
    };
    delete_mcp_server: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's name. */
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_mcp_server: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's name. */
                server: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["McpServerPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerOut"];
                };
            };
        };
    };
    refresh_mcp_server: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's name. */
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunOut"];
                };
            };
        };
    };
    list_mcp_tools: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description The server's name. */
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpToolPage"];
                };
            };
        };
    };
    decide_mcp_tool: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The server's name. */
                server: string;
                /** @description The tool's name here. */
                tool: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["McpToolPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpToolOut"];
                };
            };
        };
    };
    get_web_access: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebAccessOut"];
                };
            };
        };
    };
    set_web_access: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebAccessIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebAccessOut"];
                };
            };
        };
    };
    list_tasks: {
        parameters: {
            query?: {
                /** @description A saved filter, by name or id; what is given beside it goes before. */
                filter?: string | null;
                /** @description Only cards of this board. */
                board?: string | null;
                /** @description Only cards of these columns. */
                column?: string[] | null;
                /** @description Only cards of this agent or person; `nobody` for those without. */
                assignee?: string | null;
                /** @description Only cards with all of these labels. */
                label?: string[] | null;
                /** @description Only cards of one of these priorities. */
                priority?: ("none" | "low" | "medium" | "high" | "urgent")[] | null;
                /** @description Due before this moment. */
                due_before?: string | null;
                /** @description Due at this moment or later. */
                due_after?: string | null;
                /** @description Only cards that wait for others, or only those that do not. */
                blocked?: boolean | null;
                /** @description Only the children of this task. */
                parent?: string | null;
                /** @description Words: each begins a word of key, title, description or comments. */
                q?: string | null;
                /** @description Changed at this moment or later. */
                updated_since?: string | null;
                /** @description Archived cards too. */
                archived?: boolean;
                /** @description `position`: as they stand on their board, FF unless `board` says another. */
                sort?: "number" | "position" | "updated" | "due" | "priority";
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPage"];
                };
            };
        };
    };
    create_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
        };
    };
    get_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
        };
    };
    update_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
        };
    };
    assign_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AssigneeIn"] | null;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
        };
    };
    move_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ColumnIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
        };
    };
    list_activity: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivityPage"];
                };
            };
        };
    };
    create_checklist_item: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChecklistItemIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChecklistItemOut"];
                };
            };
        };
    };
    delete_checklist_item: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description A checklist item's id. */
                item: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_checklist_item: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description A checklist item's id. */
                item: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChecklistItemPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChecklistItemOut"];
                };
            };
        };
    };
    add_dependency: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description The key or id of the task that has to be done first. */
                on: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
        };
    };
    remove_dependency: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description The key or id of the task that has to be done first. */
                on: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
        };
    };
    archive_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
        };
    };
    unarchive_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskOut"];
                };
            };
        };
    };
    list_boards: {
        parameters: {
            query?: {
                /** @description Archived boards too. */
                archived?: boolean;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardPage"];
                };
            };
        };
    };
    create_board: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BoardIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardOut"];
                };
            };
        };
    };
    get_board: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardOut"];
                };
            };
        };
    };
    update_board: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BoardPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardOut"];
                };
            };
        };
    };
    archive_board: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardOut"];
                };
            };
        };
    };
    unarchive_board: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardOut"];
                };
            };
        };
    };
    list_cards: {
        parameters: {
            query?: {
                /** @description Only cards of these columns. */
                column?: string[] | null;
                /** @description Only these cards; all of them at once. */
                key?: string[] | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CardPage"];
                };
            };
        };
    };
    create_column: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewColumn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardOut"];
                };
            };
        };
    };
    delete_column: {
        parameters: {
            query?: {
                /** @description Where its cards go first. */
                move_to?: string | null;
            };
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
                /** @description A column's name, whatever its case, or its id. */
                column: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardOut"];
                };
            };
        };
    };
    update_column: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
                /** @description A column's name, whatever its case, or its id. */
                column: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ColumnPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoardOut"];
                };
            };
        };
    };
    set_label: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
                /** @description A label's name. */
                label: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabelIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LabelOut"];
                };
            };
        };
    };
    delete_label: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
                /** @description A label's name. */
                label: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    export_board: {
        parameters: {
            query?: {
                /** @description A table, or JSON that `import` takes. */
                format?: "csv" | "json";
                /** @description Archived tasks too. */
                archived?: boolean;
            };
            header?: never;
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, by number. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    import_tasks: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A board's prefix, name or id. */
                board: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskImportIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskImportOut"];
                };
            };
        };
    };
    list_comments: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommentPage"];
                };
            };
        };
    };
    create_comment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CommentIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommentOut"];
                };
            };
        };
    };
    get_comment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description Its id. */
                comment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommentOut"];
                };
            };
        };
    };
    delete_comment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description Its id. */
                comment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_comment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description Its id. */
                comment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CommentPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommentOut"];
                };
            };
        };
    };
    list_watchers: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatcherPage"];
                };
            };
        };
    };
    watch_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description A person's name or id, or `me`. */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatcherOut"];
                };
            };
        };
    };
    unwatch_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description A person's name or id, or `me`. */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_attachments: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttachmentPage"];
                };
            };
        };
    };
    create_attachment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AttachmentIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttachmentOut"];
                };
            };
        };
    };
    delete_attachment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A task's key, or its id. */
                key: string;
                /** @description Its id. */
                attachment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_filters: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FilterPage"];
                };
            };
        };
    };
    create_filter: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FilterIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FilterOut"];
                };
            };
        };
    };
    get_filter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name or id. */
                filter: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FilterOut"];
                };
            };
        };
    };
    delete_filter: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name or id. */
                filter: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_filter: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name or id. */
                filter: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FilterPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FilterOut"];
                };
            };
        };
    };
    list_inbox: {
        parameters: {
            query?: {
                /** @description Only what is unread. */
                unread?: boolean;
                /** @description Only items of this kind. */
                kind?: ("assigned" | "mentioned" | "question" | "approval" | "due" | "done" | "commented") | null;
                /** @description What is open, was put off, or is archived. */
                view?: "open" | "snoozed" | "archived";
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboxPage"];
                };
            };
        };
    };
    read_inbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedOut"];
                };
            };
        };
    };
    archive_inbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InboxArchiveIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedOut"];
                };
            };
        };
    };
    snooze_inbox: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SnoozeIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedOut"];
                };
            };
        };
    };
    get_inbox_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsOut"];
                };
            };
        };
    };
    set_inbox_settings: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsOut"];
                };
            };
        };
    };
    stream_inbox: {
        parameters: {
            query?: {
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-Sent Events: `inbox.item` for what is new or refreshed, `inbox.changed` for what was read or put away. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
        };
    };
    get_task_tree: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A task's key, or its id. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskTreeOut"];
                };
            };
        };
    };
    list_teams: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamPage"];
                };
            };
        };
    };
    create_team: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamOut"];
                };
            };
        };
    };
    get_team: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A team's name, or its id. */
                team: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamOut"];
                };
            };
        };
    };
    delete_team: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A team's name, or its id. */
                team: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_team: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A team's name, or its id. */
                team: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamOut"];
                };
            };
        };
    };
    list_team_revisions: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description A team's name, or its id. */
                team: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamRevisionPage"];
                };
            };
        };
    };
    roll_back_team: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A team's name, or its id. */
                team: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamRollbackIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamOut"];
                };
            };
        };
    };
    list_questions: {
        parameters: {
            query?: {
                /** @description Only those. */
                state?: ("open" | "answered" | "expired" | "withdrawn") | null;
                /** @description Only those on this task. */
                task?: string | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuestionPage"];
                };
            };
        };
    };
    get_question: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A question's id, or an ending of it. */
                question: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuestionOut"];
                };
            };
        };
    };
    answer_question: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A question's id, or an ending of it. */
                question: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuestionOut"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
        };
    };
    create_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserOut"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    switch_tenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
        };
    };
    list_sessions: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
        };
    };
    sign_out_everywhere: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    end_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id. */
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RenewedOut"];
                };
            };
        };
    };
    confirm_totp: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodesOut"];
                };
            };
        };
    };
    begin_totp: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentOut"];
                };
            };
        };
    };
    remove_totp: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RenewedOut"];
                };
            };
        };
    };
    renew_recovery_codes: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordBody"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodesOut"];
                };
            };
        };
    };
    list_people: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonPage"];
                };
            };
        };
    };
    get_person: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Their id. */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonOut"];
                };
            };
        };
    };
    remove_person: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Their id. */
                person: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_person: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Their id. */
                person: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonOut"];
                };
            };
        };
    };
    list_invitations: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPage"];
                };
            };
        };
    };
    create_invitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationMade"];
                };
            };
        };
    };
    revoke_invitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id. */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    accept_invitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptanceIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedOut"];
                };
            };
        };
    };
    create_password_reset: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetOut"];
                };
            };
        };
    };
    list_approvals: {
        parameters: {
            query?: {
                /** @description Only those in this state. */
                state?: ("pending" | "approved" | "denied" | "expired") | null;
                /** @description Only calls of this tool. */
                tool?: string | null;
                /** @description Only calls with this effect. */
                effect?: ("read" | "write" | "money" | "outside") | null;
                /** @description Only what this agent asks, by name or id. */
                agent?: string | null;
                /** @description Only of work on this task. */
                task?: string | null;
                /** @description Only of this run. */
                run?: string | null;
                /** @description Only of work that this person or key gave. */
                requester?: string | null;
                /** @description Only those asked from then on. */
                since?: string | null;
                /** @description Only those that you may decide and have not. */
                mine?: boolean;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalPage"];
                };
            };
        };
    };
    count_approvals: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CountsOut"];
                };
            };
        };
    };
    decide_approvals: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionsIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionsOut"];
                };
            };
        };
    };
    get_approval: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An approval's id, or any ending of it that fits only one. */
                approval_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalOut"];
                };
            };
        };
    };
    decide_approval: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description An approval's id, or any ending of it that fits only one. */
                approval_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalOut"];
                };
            };
        };
    };
    list_approval_delegations: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DelegationPage"];
                };
            };
        };
    };
    create_approval_delegation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DelegationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DelegationOut"];
                };
            };
        };
    };
    end_approval_delegation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A delegation's id. */
                delegation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_grants: {
        parameters: {
            query?: {
                /** @description Only of this task. */
                task?: string | null;
                /** @description Only those that can be used, or only those that cannot. */
                holds?: boolean | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantPage"];
                };
            };
        };
    };
    get_grant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A grant's id. */
                grant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantOut"];
                };
            };
        };
    };
    revoke_grant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A grant's id. */
                grant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GrantOut"];
                };
            };
        };
    };
    list_policies: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyPage"];
                };
            };
        };
    };
    create_policy: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyOut"];
                };
            };
        };
    };
    list_published_policies: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishedPage"];
                };
            };
        };
    };
    get_policy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyOut"];
                };
            };
        };
    };
    delete_policy: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_policy: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change it only while its ETag is this one, as in `"3"`; 412 otherwise. */
                "if-match"?: string | null;
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyOut"];
                };
            };
        };
    };
    list_policy_revisions: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description Its name. */
                policy: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyRevisionPage"];
                };
            };
        };
    };
    list_alerts: {
        parameters: {
            query?: {
                /** @description Only those that are open, or resolved. */
                state?: ("open" | "resolved") | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertPage"];
                };
            };
        };
    };
    list_alert_channels: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelPage"];
                };
            };
        };
    };
    create_alert_channel: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelOut"];
                };
            };
        };
    };
    delete_alert_channel: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    test_alert_channel: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelTestOut"];
                };
            };
        };
    };
    list_alert_rules: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RulePage"];
                };
            };
        };
    };
    create_alert_rule: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleOut"];
                };
            };
        };
    };
    delete_alert_rule: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_usage: {
        parameters: {
            query?: {
                /** @description By what calls are put together. `tenant` is the caller's own. */
                group_by?: "model" | "provider" | "tenant" | "agent" | "function" | "task" | "day" | "run";
                /** @description A duration back from now, or a time in RFC 3339. */
                since?: string;
                /** @description The same; now without it. */
                until?: string | null;
                /** @description Only calls with this. */
                model?: string | null;
                /** @description Only calls with this. */
                provider?: string | null;
                /** @description Only calls with this. */
                function?: string | null;
                /** @description Only calls of this one, by name, key or id. */
                agent?: string | null;
                /** @description Only calls of this one, by name, key or id. */
                task?: string | null;
                /** @description Only calls of this one, by name, key or id. */
                run?: string | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
                /** @description Also chosen by `Accept: text/csv`. */
                format?: ("json" | "csv") | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageOut"];
                    "text/csv": string;
                };
            };
        };
    };
    list_prices: {
        parameters: {
            query?: {
                /** @description Only what this model costs, whoever says so. */
                model?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PricesOut"];
                };
            };
        };
    };
    set_price: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The model's name, slashes and all. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PriceIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceOut"];
                };
            };
        };
    };
    delete_price: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The model's name, slashes and all. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_budgets: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetPage"];
                };
            };
        };
    };
    create_budget: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BudgetIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetOut"];
                };
            };
        };
    };
    get_budget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name, its id, or an ending of that. */
                budget: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetOut"];
                };
            };
        };
    };
    delete_budget: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name, its id, or an ending of that. */
                budget: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_budget: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name, its id, or an ending of that. */
                budget: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BudgetPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetOut"];
                };
            };
        };
    };
    list_spending: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name, its id, or an ending of that. */
                budget: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpendingPage"];
                };
            };
        };
    };
    raise_budget: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name, its id, or an ending of that. */
                budget: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RaiseIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BudgetOut"];
                };
            };
        };
    };
    list_model_limits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelLimitPage"];
                };
            };
        };
    };
    set_model_limit: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A model's name; slashes belong to it. */
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelLimitIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelLimitOut"];
                };
            };
        };
    };
    delete_model_limit: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A model's name; slashes belong to it. */
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_secrets: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretPage"];
                };
            };
        };
    };
    set_secret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecretIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretOut"];
                };
            };
        };
    };
    get_secret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name, its id, or an ending of that. */
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretOut"];
                };
            };
        };
    };
    delete_secret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name, its id, or an ending of that. */
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    retire_secret_version: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name, its id, or an ending of that. */
                secret: string;
                /** @description Its number. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretOut"];
                };
            };
        };
    };
    show_rate_limits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RateLimitsOut"];
                };
            };
        };
    };
    set_rate_limits: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A tenant's name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RateLimitsIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RateLimitsOut"];
                };
            };
        };
    };
    reset_rate_limits: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A tenant's name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_retention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetentionOut"];
                };
            };
        };
    };
    set_retention: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RetentionIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetentionOut"];
                };
            };
        };
    };
    list_tenants: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantPage"];
                };
            };
        };
    };
    create_tenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantOut"];
                };
            };
        };
    };
    get_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name or its id. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantOut"];
                };
            };
        };
    };
    delete_tenant: {
        parameters: {
            query: {
                /** @description The tenant's name, once more. */
                confirm: string;
            };
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name or its id. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantOut"];
                };
            };
        };
    };
    rename_tenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name or its id. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantOut"];
                };
            };
        };
    };
    suspend_tenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name or its id. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuspensionIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantOut"];
                };
            };
        };
    };
    unsuspend_tenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its name or its id. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantOut"];
                };
            };
        };
    };
    export_tenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name or its id. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A zip. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
        };
    };
    list_keys: {
        parameters: {
            query?: {
                /** @description Those that are revoked too. */
                revoked?: boolean;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
        };
    };
    create_key: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedOut"];
                };
            };
        };
    };
    get_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A key's name, its id, or an ending of that. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyOut"];
                };
            };
        };
    };
    revoke_key: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A key's name, its id, or an ending of that. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_key: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A key's name, its id, or an ending of that. */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyOut"];
                };
            };
        };
    };
    rotate_key: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A key's name, its id, or an ending of that. */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedOut"];
                };
            };
        };
    };
    whoami: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    list_audit: {
        parameters: {
            query?: {
                /** @description Who acted, by name. */
                principal?: string | null;
                /** @description What was done, or the beginning of it. */
                action?: string | null;
                /** @description What it was done to. */
                target?: string | null;
                /** @description Stands anywhere in action, principal, target or detail. */
                text?: string | null;
                /** @description Not before this time. */
                since?: string | null;
                /** @description Not after this time. */
                until?: string | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntryPage"];
                };
            };
        };
    };
    list_audit_heads: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HeadPage"];
                };
            };
        };
    };
    list_audit_anchors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnchorPage"];
                };
            };
        };
    };
    list_audit_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditKeyPage"];
                };
            };
        };
    };
    rotate_audit_key: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditKeyOut"];
                };
            };
        };
    };
    compare_audit_heads: {
        parameters: {
            query: {
                /** @description The size of one of the log's heads. */
                first: number;
                /** @description The size of one of the log's heads. */
                second: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsistencyOut"];
                };
            };
        };
    };
    export_audit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Lines of JSON. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
        };
    };
    stream_audit: {
        parameters: {
            query?: {
                /** @description Only frames after this id; 0 means from the start. */
                after?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-Sent Events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
        };
    };
    get_audit_entry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id, or an ending of it. */
                entry: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProvedEntryOut"];
                };
            };
        };
    };
    list_erasures: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureList"];
                };
            };
        };
    };
    create_erasure: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ErasureIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureOut"];
                };
            };
        };
    };
    get_erasure: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id. */
                erasure_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureOut"];
                };
            };
        };
    };
    discard_erasure: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id. */
                erasure_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    confirm_erasure: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id. */
                erasure_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasureOut"];
                };
            };
        };
    };
    export_subject: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ErasureIn"];
            };
        };
        responses: {
            /** @description JSON lines. The last one says how many there were: without it the export was cut. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
        };
    };
    list_webhook_endpoints: {
        parameters: {
            query?: {
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointPage"];
                };
            };
        };
    };
    create_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndpointIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewEndpointOut"];
                };
            };
        };
    };
    get_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id, or an ending of that. */
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointOut"];
                };
            };
        };
    };
    delete_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id, or an ending of that. */
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id, or an ending of that. */
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndpointPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointOut"];
                };
            };
        };
    };
    rotate_webhook_key: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id, or an ending of that. */
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookKeyIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKeyOut"];
                };
            };
        };
    };
    ping_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id, or an ending of that. */
                endpoint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeDeliveryOut"];
                };
            };
        };
    };
    list_webhook_deliveries: {
        parameters: {
            query?: {
                /** @description Only those for this endpoint. */
                endpoint?: string | null;
                /** @description Only those in this state. */
                state?: ("pending" | "delivered" | "failed") | null;
                /** @description How many to return at most. */
                limit?: number;
                /** @description `next_cursor` of the page before this one. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
        };
    };
    get_webhook_delivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id, or an ending of that. */
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeDeliveryOut"];
                };
            };
        };
    };
    redeliver_webhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Its id, or an ending of that. */
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeDeliveryOut"];
                };
            };
        };
    };
}
