//! The tables as diesel sees them. `migrations/` rules; the tests run every query on both databases.
#![allow(missing_docs)]

use crate::base::clock::SqlTime;
use crate::base::id::SqlId;

diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    tenants (id) {
        id -> SqlId,
        title -> Text,
        title_key -> Text,
        created_at -> SqlTime,
        home_dashboard_id -> Nullable<SqlId>,
        hide_home_toolbar -> Bool,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    setup_links (secret_hash) {
        secret_hash -> Binary,
        created_at -> SqlTime,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    installation (id) {
        id -> Integer,
        key_print -> Text,
        public_url -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    tenant_counts (tenant_id, kind, slot) {
        tenant_id -> SqlId,
        kind -> Text,
        slot -> Integer,
        n -> BigInt,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    customers (tenant_id, id) {
        tenant_id -> SqlId,
        id -> SqlId,
        parent_id -> Nullable<SqlId>,
        title -> Text,
        title_key -> Text,
        description -> Text,
        country -> Text,
        country_key -> Text,
        state -> Text,
        city -> Text,
        city_key -> Text,
        zip -> Text,
        address -> Text,
        address2 -> Text,
        phone -> Text,
        email -> Text,
        email_key -> Text,
        search_key -> Text,
        deletion_id -> Nullable<SqlId>,
        home_dashboard_id -> Nullable<SqlId>,
        hide_home_toolbar -> Bool,
        version -> BigInt,
        created_at -> SqlTime,
        created_by -> Nullable<SqlId>,
        updated_at -> SqlTime,
        updated_by -> Nullable<SqlId>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    customer_counts (tenant_id, customer_id) {
        tenant_id -> SqlId,
        customer_id -> SqlId,
        level_id -> SqlId,
        users_count -> BigInt,
        inner_count -> BigInt,
        devices_count -> BigInt,
        assets_count -> BigInt,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    customer_branches (tenant_id, ancestor_id, customer_id) {
        tenant_id -> SqlId,
        ancestor_id -> SqlId,
        customer_id -> SqlId,
        title_key -> Text,
        has_devices -> Bool,
        has_assets -> Bool,
        stale -> Bool,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    branch_counts (tenant_id, customer_id, kind) {
        tenant_id -> SqlId,
        customer_id -> SqlId,
        kind -> Text,
        n -> BigInt,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    things (tenant_id, id) {
        tenant_id -> SqlId,
        id -> SqlId,
        kind -> Text,
        customer_id -> Nullable<SqlId>,
        name -> Text,
        name_key -> Text,
        type_name -> Text,
        type_key -> Text,
        label -> Text,
        label_key -> Text,
        description -> Text,
        search_key -> Text,
        version -> BigInt,
        created_at -> SqlTime,
        created_by -> Nullable<SqlId>,
        updated_at -> SqlTime,
        updated_by -> Nullable<SqlId>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    thing_types (tenant_id, kind, type_key, slot) {
        tenant_id -> SqlId,
        kind -> Text,
        type_key -> Text,
        slot -> Integer,
        type_name -> Text,
        n -> BigInt,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key) {
        tenant_id -> SqlId,
        customer_id -> SqlId,
        kind -> Text,
        tallied_by -> Text,
        tally_key -> Text,
        tally_name -> Text,
        n -> BigInt,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    thing_months (tenant_id, kind, month, slot) {
        tenant_id -> SqlId,
        kind -> Text,
        month -> Text,
        slot -> Integer,
        n -> BigInt,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    users (tenant_id, id) {
        tenant_id -> SqlId,
        id -> SqlId,
        role -> Text,
        customer_id -> Nullable<SqlId>,
        email -> Text,
        email_key -> Text,
        first_name -> Text,
        last_name -> Text,
        name_key -> Text,
        search_key -> Text,
        phone -> Text,
        description -> Text,
        password_hash -> Nullable<Text>,
        invited_until -> Nullable<SqlTime>,
        activated_at -> Nullable<SqlTime>,
        disabled_at -> Nullable<SqlTime>,
        last_sign_in_at -> SqlTime,
        last_mail_id -> Nullable<SqlId>,
        home_dashboard_id -> Nullable<SqlId>,
        version -> BigInt,
        created_at -> SqlTime,
        created_by -> Nullable<SqlId>,
        updated_at -> SqlTime,
        updated_by -> Nullable<SqlId>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    links (tenant_id, id) {
        tenant_id -> SqlId,
        id -> SqlId,
        user_id -> SqlId,
        kind -> Text,
        created_at -> SqlTime,
        expires_at -> SqlTime,
        ended_at -> Nullable<SqlTime>,
        ended_as -> Nullable<Text>,
        email -> Nullable<Text>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    link_secrets (tenant_id, link_id, secret_hash) {
        tenant_id -> SqlId,
        link_id -> SqlId,
        secret_hash -> Binary,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    sign_in_choices (tenant_id, token_hash) {
        tenant_id -> SqlId,
        token_hash -> Binary,
        user_id -> SqlId,
        expires_at -> SqlTime,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    known_browsers (tenant_id, user_id, token_hash) {
        tenant_id -> SqlId,
        user_id -> SqlId,
        token_hash -> Binary,
        seen_at -> SqlTime,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    sessions (tenant_id, key_hash) {
        tenant_id -> SqlId,
        key_hash -> Binary,
        user_id -> SqlId,
        created_at -> SqlTime,
        seen_at -> SqlTime,
        expires_at -> SqlTime,
        address -> Text,
        agent -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    mails (tenant_id, id) {
        tenant_id -> SqlId,
        id -> SqlId,
        user_id -> SqlId,
        recipient -> Text,
        sealed -> Nullable<Binary>,
        state -> Text,
        tries -> Integer,
        due_at -> SqlTime,
        lease_until -> Nullable<SqlTime>,
        problem -> Text,
        created_at -> SqlTime,
        sent_at -> Nullable<SqlTime>,
        link_id -> Nullable<SqlId>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    form_posts (tenant_id, user_id, form_id) {
        tenant_id -> SqlId,
        user_id -> SqlId,
        form_id -> SqlId,
        answer -> Binary,
        created_at -> SqlTime,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    jobs (tenant_id, id) {
        tenant_id -> SqlId,
        id -> SqlId,
        kind -> Text,
        work -> Text,
        state -> Text,
        done -> BigInt,
        total -> BigInt,
        refused -> BigInt,
        refusals -> Text,
        problem -> Text,
        tries -> Integer,
        due_at -> Nullable<SqlTime>,
        runner -> Nullable<SqlId>,
        lease_until -> Nullable<SqlTime>,
        asked_by -> Nullable<SqlId>,
        created_at -> SqlTime,
        ended_at -> Nullable<SqlTime>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    dashboards (tenant_id, id) {
        tenant_id -> SqlId,
        id -> SqlId,
        title -> Text,
        title_key -> Text,
        description -> Text,
        search_key -> Text,
        widgets -> Text,
        customers_count -> BigInt,
        version -> BigInt,
        created_at -> SqlTime,
        created_by -> Nullable<SqlId>,
        updated_at -> SqlTime,
        updated_by -> Nullable<SqlId>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    dashboard_customers (tenant_id, dashboard_id, customer_id) {
        tenant_id -> SqlId,
        dashboard_id -> SqlId,
        customer_id -> SqlId,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    throttles (kind, slot) {
        kind -> Integer,
        slot -> Integer,
        spent_until -> BigInt,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    impersonations (tenant_id, key_hash) {
        tenant_id -> SqlId,
        key_hash -> Binary,
        user_id -> SqlId,
        began_at -> SqlTime,
        until_at -> SqlTime,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    audit_entries (tenant_id, id) {
        tenant_id -> SqlId,
        id -> SqlId,
        slot -> Integer,
        seq -> BigInt,
        at -> SqlTime,
        actor_id -> Nullable<SqlId>,
        actor -> Text,
        actor_key -> Text,
        address -> Text,
        agent -> Text,
        action -> Text,
        kind -> Text,
        subject_id -> Nullable<SqlId>,
        title -> Text,
        title_key -> Text,
        n -> BigInt,
        changes -> Text,
        concerns -> Text,
        hash -> Binary,
        items -> Text,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    audit_concerns (tenant_id, of_id, entry_id) {
        tenant_id -> SqlId,
        of_id -> SqlId,
        entry_id -> SqlId,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    audit_heads (tenant_id, slot) {
        tenant_id -> SqlId,
        slot -> Integer,
        n -> BigInt,
        hash -> Binary,
        code -> Binary,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    imports (tenant_id, id) {
        tenant_id -> SqlId,
        id -> SqlId,
        what -> Text,
        file_name -> Text,
        state -> Text,
        size -> BigInt,
        row_count -> BigInt,
        head -> Text,
        matching -> Text,
        invite -> Bool,
        checked -> Text,
        imported -> Text,
        job_id -> Nullable<SqlId>,
        created_at -> SqlTime,
        created_by -> Nullable<SqlId>,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    import_chunks (tenant_id, import_id, n) {
        tenant_id -> SqlId,
        import_id -> SqlId,
        n -> Integer,
        content -> Binary,
    }
}
diesel::table! {
    use diesel::sql_types::*;
    use super::*;
    import_refusals (tenant_id, import_id, state, line) {
        tenant_id -> SqlId,
        import_id -> SqlId,
        state -> Text,
        line -> BigInt,
        reason -> Text,
        cells -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    audit_entries,
    audit_concerns,
    tenant_counts,
    customers,
    customer_counts,
    dashboards,
    dashboard_customers,
    customer_branches,
    branch_counts,
    things,
    users,
    links,
    link_secrets,
    sign_in_choices,
    known_browsers,
    sessions,
    impersonations,
    mails,
    form_posts,
    jobs,
    imports,
    import_chunks,
    import_refusals,
);
