"""Addresses of the pages about who answers."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from ownership.views import account, door, organisation, people, seats

urlpatterns = [
    path("login/", door.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("people/", people.people, name="people"),
    path("people/<str:ref>/", people.PersonView.as_view(), name="person"),
    path("seats/new/", seats.NewSeat.as_view(), name="seat_new"),
    path("seats/<str:ref>/", seats.SeatPage.as_view(), name="seat"),
    path("seats/<str:ref>/propose/", seats.Propose.as_view(), name="seat_propose"),
    path("seats/<str:ref>/accept/", seats.Accept.as_view(), name="seat_accept"),
    path("seats/<str:ref>/decline/", seats.Decline.as_view(), name="seat_decline"),
    path("seats/<str:ref>/vacate/", seats.Vacate.as_view(), name="seat_vacate"),
    path("account/", account.Account.as_view(), name="account"),
    path("account/tokens/<int:pk>/revoke/", account.revoke, name="token_revoke"),
    path("account/appearance/", account.appearance, name="appearance"),
    path("settings/", organisation.settings, name="settings"),
    path("audit/", organisation.audit, name="audit"),
    path("audit/ledger.csv", organisation.audit_csv, name="audit_csv"),
]
