"""Give and take roles that judge by two administrators; keep who watches from acting."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from rai_portal.accounts.guards import GUARDS
from rai_portal.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_user_function'),
    ]

    operations = [
        migrations.CreateModel(
            name='RoleProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('change', models.CharField(choices=[('grant', 'Give'), ('revoke', 'Take from')], max_length=10)),
                ('role', models.CharField(choices=[('analyst', 'Analyst'), ('owner', 'System owner'), ('reviewer', 'Specialist reviewer'), ('board', 'Board member'), ('executive', 'Executive'), ('auditor', 'Auditor'), ('administrator', 'Administrator'), ('pipeline', 'Pipeline')], max_length=20)),
                ('proposed_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('declined_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('declined_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portfolio', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.portfolio')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_proposals', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-pk',),
                'constraints': [models.CheckConstraint(condition=models.Q(('change__in', ['grant', 'revoke'])), name='proposal_change_known'), models.CheckConstraint(condition=models.Q(('role__in', ['analyst', 'owner', 'reviewer', 'board', 'executive', 'auditor', 'administrator', 'pipeline'])), name='proposal_role_known'), models.CheckConstraint(condition=models.Q(('proposed_by', models.F('user')), _negated=True), name='proposal_not_for_oneself'), models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(models.Q(('confirmed_by', models.F('proposed_by')), _negated=True), models.Q(('confirmed_by', models.F('user')), _negated=True)), _connector='OR'), name='proposal_confirmed_by_second'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), ('declined_at__isnull', True)), _connector='OR'), name='proposal_confirmed_whole'), models.CheckConstraint(condition=models.Q(models.Q(('declined_at__isnull', True), ('declined_by__isnull', True)), models.Q(('confirmed_at__isnull', True), ('declined_at__isnull', False), ('declined_by__isnull', False)), _connector='OR'), name='proposal_declined_whole'), models.UniqueConstraint(condition=models.Q(('confirmed_at__isnull', True), ('declined_at__isnull', True)), fields=('user', 'role', 'portfolio'), name='proposal_open_once'), models.UniqueConstraint(condition=models.Q(('confirmed_at__isnull', True), ('declined_at__isnull', True), ('portfolio__isnull', True)), fields=('user', 'role'), name='proposal_everywhere_open_once')],
            },
        ),
        install(*GUARDS),
    ]
