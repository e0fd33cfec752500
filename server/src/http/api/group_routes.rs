//! Where groups and conversations are asked for.

use std::sync::Arc;

use axum::Router;
use axum::routing::MethodFilter;

use super::operation::Operation;
use super::{Api, groups, guarded, history, members};

/// What is asked of groups.
pub(super) fn of_groups(api: &Arc<Api>) -> Router<Arc<Api>> {
    let (group, members) = ("/api/v1/groups/{group}", "/api/v1/groups/{group}/members");
    Router::new()
        .route(
            "/api/v1/groups",
            guarded(api, MethodFilter::POST, Operation::MakeGroup, groups::make),
        )
        .route(
            "/api/v1/groups",
            guarded(api, MethodFilter::GET, Operation::Groups, groups::list),
        )
        .route(
            group,
            guarded(api, MethodFilter::GET, Operation::Group, groups::read),
        )
        .route(
            group,
            guarded(
                api,
                MethodFilter::PATCH,
                Operation::ChangeGroup,
                groups::change,
            ),
        )
        .route(
            group,
            guarded(api, MethodFilter::DELETE, Operation::EndGroup, groups::end),
        )
        .route(
            members,
            guarded(api, MethodFilter::GET, Operation::Members, members::list),
        )
        .route(
            members,
            guarded(api, MethodFilter::POST, Operation::AddMembers, members::add),
        )
        .route(
            "/api/v1/groups/{group}/members/remove",
            guarded(
                api,
                MethodFilter::POST,
                Operation::RemoveMembers,
                members::remove,
            ),
        )
}

/// What is asked of conversations.
pub(super) fn of_conversations(api: &Arc<Api>) -> Router<Arc<Api>> {
    Router::new()
        .route(
            "/api/v1/groups/{group}/history",
            guarded(
                api,
                MethodFilter::GET,
                Operation::GroupHistory,
                history::of_group,
            ),
        )
        .route(
            "/api/v1/users/{user}/conversations",
            guarded(
                api,
                MethodFilter::GET,
                Operation::Conversations,
                history::conversations,
            ),
        )
        .route(
            "/api/v1/users/{user}/history/{with}",
            guarded(api, MethodFilter::GET, Operation::History, history::of_user),
        )
}
